from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools import link as link_code
from .consent_link_order import OVER
from .consent_status import REASONS

# A second tap or a reload within this time is the same answer, not a broken link.
SAME_TAP = timedelta(minutes=10)
COMPLAINT = timedelta(days=3)


class ConsentLink(models.Model):
    """The page behind the link: what it shows, and what the customer does there."""

    _inherit = "consent.link"

    @api.model
    def _find_sudo(self, code):
        """Return the link of `code`, whether it still works or not; empty if there never was such a code."""
        if not link_code.is_code(code):
            return self.sudo().browse()
        return self.sudo().search([("code_hash", "=", self._hash(code))], limit=1)

    def _is_open(self):
        return bool(self) and not self.used_at and self.expires > fields.Datetime.now()

    def _is_same_tap(self, action):
        """Tell whether this link was used for the same just now."""
        return bool(self.used_at) and self.used_for == action and self.used_at > fields.Datetime.now() - SAME_TAP

    def _lang(self):
        """Return the language to speak with this customer: their own if the shop has it, else the visitor's."""
        installed = dict(self.env["res.lang"].get_installed())
        return self.partner_id.lang if self.partner_id.lang in installed else self.env.lang

    def _page_values(self):
        """Return what the page shows: little, since whoever holds the handset may read it."""
        link = self.with_context(lang=self._lang())
        order = link.order_id
        return {
            "order_name": order.name,
            "stage_name": order.update_stage_id.name,
            "due": order.update_due if order.state == "sale" and order.update_stage_id.code not in OVER else None,
            "stage_is_bad": order.update_stage_id.code in ("delayed", "cancelled"),
            "host": self._host(order or self.company_id),
            "sender": self.company_id.consent_sender or self.company_id._sms_senders(),
            "stoppable": link._stoppable(),
            "purpose": link.purpose_id,
            "hours": self._hours(),
            "deadline": self._deadline(),
            **self._answer_values(),
        }

    def _purposes(self):
        """Return what this link may stop: every purpose that texts, but for the answers to one's own act."""
        return self.env["consent.purpose"]._withdrawable_sudo().filtered(lambda purpose: purpose.channel == "sms")

    def _stoppable(self):
        """Return the purposes that this number was given for to this company; that of the text first.

        Also what is allowed and waits for something else, such as the confirmation of the number.
        """
        purposes = self._purposes()
        # Whoever shares the number may still be texted by an answer of their own.
        people = [0, *self._subjects_sudo().partner_id.ids]
        keys = {
            purpose: [(self.company_id.id, person, self.number_digest, purpose.id) for person in people]
            for purpose in purposes
        }
        verdicts = self.env["consent.status"]._verdicts(key for own in keys.values() for key in own)
        allowed = purposes.filtered(lambda purpose: any(verdicts[key] not in REASONS.values() for key in keys[purpose]))
        return allowed.sorted(lambda purpose: purpose != self.purpose_id)

    def _stop_sudo(self):
        """Withdraw every text purpose for this number, for all who share it with this company."""
        self._use_sudo("stop")

    def _stop_one_sudo(self, code):
        """Withdraw one purpose likewise and return it, or nothing if there is none of this code.

        The link goes on working: the customer may stop more, or all.
        """
        purpose = self._purposes().filtered(lambda purpose: purpose.code == code)
        if purpose:
            # Two taps at once: the second fails here and is tried again, when it finds nothing left to stop.
            self.env.cr.execute(SQL("UPDATE consent_link SET id = id WHERE id = %s", self.id))
            self._withdraw(purpose & self._stoppable())
        return purpose

    def _hours(self):
        """Return (from, to) of the hours this customer chose, or None if the number is theirs no more."""
        if not self._is_theirs():
            return None
        partner = self.partner_id.with_company(self.company_id)
        return partner.sms_hour_from, partner.sms_hour_to

    def _complain_sudo(self):
        """Stop the texts and give the complaint an owner and a deadline."""
        self._use_sudo("complain")
        # A text to a bare number is nobody's: the complaint then stands on the shop's own contact.
        record = self.order_id or self.partner_id or self.company_id.partner_id
        owner = self._owner()
        # with_user: the mail that tells the owner needs a sender, which the website's visitor is not.
        record.with_user(SUPERUSER_ID).with_context(lang=owner.lang).activity_schedule(
            "consent_notify.activity_complaint",
            date_deadline=self._deadline(),
            summary=self.with_context(lang=owner.lang).env._("“I did not ask for this”: find out why"),
            note=self.with_context(lang=owner.lang).env._(
                "Somebody who got a text says that they never asked for it. Texts to that number are stopped. Find out"
                " how the number came to the order or the contact, correct it, and answer if they wrote."
            ),
            user_id=owner.id,
        )

    def _owner(self):
        """Return the user who looks into a complaint: the order's salesperson, else an officer, else a manager."""
        return self.company_id._owner_of_work(self.order_id.user_id or self.partner_id.user_id)

    def _deadline(self, name="consent_notify.activity_complaint", time=COMPLAINT):
        """Return the day by which a person looks into what was said today: a complaint, or the activity type `name`.

        The shop may change the days of the type, or delete it: then `time` counts.
        """
        activity_type = self.env.ref(name, raise_if_not_found=False)
        return activity_type._get_date_deadline() if activity_type else fields.Date.context_today(self) + time

    def _use_sudo(self, action):
        self.ensure_one()
        self.write({"used_at": fields.Datetime.now(), "used_for": action})
        # Two taps at once: the second fails here and is tried again, when it finds the link used.
        self.flush_recordset()
        self._withdraw(self._purposes())

    def _withdraw(self, purposes):
        """Take back these purposes for all who gave this number to this company; return the events."""
        return self.env["consent.event"]._withdraw_subjects_sudo(
            self._subjects_sudo(), purposes, source="link", order_name=self.order_id.name
        )

    def _subjects_sudo(self):
        """Return all who gave this number to this company."""
        subjects_sudo = self.env["consent.subject"].sudo()  # sudo: the holder of the handset speaks for its number
        return subjects_sudo.search(
            [("company_id", "=", self.company_id.id), ("number_digest", "=", self.number_digest)]
        )
