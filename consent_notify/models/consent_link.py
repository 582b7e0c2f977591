from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools import link as link_code

VALID = timedelta(days=90)
# A second tap or a reload within this time is the same answer, not a broken link.
SAME_TAP = timedelta(minutes=10)
COMPLAINT = timedelta(days=3)


class ConsentLink(models.Model):
    """The link in one text: who holds its code may stop the texts to that number, without any login."""

    _name = "consent.link"
    _description = "Link in a Text"

    code_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null", ondelete="set null")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    number_digest = fields.Char(required=True, readonly=True, index=True, groups=NO_ACCESS)
    expires = fields.Datetime(required=True, readonly=True, index=True)
    used_at = fields.Datetime(readonly=True)
    used_for = fields.Selection([("stop", "Stop"), ("complain", "Complaint")], readonly=True)

    _code_hash_unique = models.UniqueIndex("(code_hash)")

    # ------------------------------------------------------------ made at claim

    @api.model
    def _for_sms_sudo(self, sms):
        """Make a link for each `sms.sms` and return {sms id: address as the text shows it}.

        Call it once, when the texts are claimed: each call makes new codes, and a code is kept nowhere.
        """
        digests = self._digests(sms)
        orders = self._orders(sms)
        expires = fields.Datetime.now() + VALID
        values, addresses = [], {}
        for text in sms.filtered(lambda text: text.id in digests):
            order = orders.get(text.id, self.env["sale.order"])
            company = order.company_id or text._get_sms_company()
            code = link_code.new_code()
            values.append(
                {
                    "code_hash": self._hash(code),
                    "company_id": company.id,
                    "partner_id": text.partner_id.id,
                    "order_id": order.id,
                    "number_digest": digests[text.id],
                    "expires": expires,
                }
            )
            addresses[text.id] = f"{self._host(order or company)}/u/{code}"
        self.sudo().create(values)
        return addresses

    @api.model
    def _digests(self, sms):
        """Return {sms id: number digest}. Joined in SQL: nobody needs the numbers for it."""
        sms.flush_recordset(["number"])
        self.env.cr.execute(
            SQL(
                "SELECT s.id, v.number_digest FROM sms_sms s JOIN phone_vault v ON v.token = s.number"
                " WHERE s.id IN %s AND v.number_digest IS NOT NULL",
                tuple(sms.ids) or (0,),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _orders(self, sms):
        """Return {sms id: sale.order} of the texts that tell about one."""
        messages = sms.sudo().mail_message_id.filtered(lambda message: message.model == "sale.order")
        found = self.env["sale.order"].sudo().browse(messages.mapped("res_id")).exists()
        orders = {order.id: order for order in found}
        return {
            text.id: orders[text.mail_message_id.res_id]
            for text in sms.sudo()
            if text.mail_message_id in messages and text.mail_message_id.res_id in orders
        }

    @api.model
    def _host(self, record):
        """Return the host that links of this order or company stand on: the shop's own, never a shortener."""
        website = record.website_id
        return link_code.without_scheme((website or record).sudo().get_base_url())

    @api.model
    def _hash(self, code):
        return self.env["phone.vault"]._mac("link", code)

    # ------------------------------------------------------------ opened by the customer

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
            "stage_is_bad": order.update_stage_id.code in ("delayed", "cancelled"),
            "host": self._host(order or self.company_id),
            "stopped": not self._is_texting(),
            "deadline": self._deadline(),
        }

    def _purposes(self):
        """Return what this link may stop: every purpose that texts, but for the answers to one's own act."""
        domain = [("channel", "=", "sms"), ("purpose_class", "!=", "service")]
        return self.env["consent.purpose"].sudo().with_context(active_test=False).search(domain)

    def _is_texting(self):
        """Tell whether this number may still be texted by this company."""
        keys = [(self.company_id.id, 0, self.number_digest, purpose.id) for purpose in self._purposes()]
        return None in self.env["consent.status"]._verdicts(keys).values()

    def _stop_sudo(self):
        """Withdraw every text purpose for this number, for all who share it with this company."""
        self._use_sudo("stop")

    def _complain_sudo(self):
        """Stop the texts and give the complaint an owner and a deadline."""
        self._use_sudo("complain")
        record = self.order_id or self.partner_id
        if not record:
            return
        owner = self._owner()
        # with_user: the mail that tells the owner needs a sender, which the website's visitor is not.
        record.with_user(SUPERUSER_ID).with_context(lang=owner.lang).activity_schedule(
            "consent_notify.activity_complaint",
            date_deadline=self._deadline(),
            summary=self.with_context(lang=owner.lang).env._("“I did not ask for this”: find out why"),
            note=self.with_context(lang=owner.lang).env._(
                "Somebody who got a text about this order says that they never asked for it. Texts to that number"
                " are stopped. Find out how the number came to the order, correct it, and answer if they wrote."
            ),
            user_id=owner.id,
        )

    def _owner(self):
        """Return the user who looks into a complaint: the order's salesperson, else an officer, else a manager."""
        chosen = self.order_id.user_id or self.partner_id.user_id
        if chosen.active and chosen._is_internal() and self.company_id in chosen.company_ids:
            return chosen
        for group in ("group_officer", "group_manager"):
            users = self.env.ref(f"consent_notify.{group}").all_user_ids
            users = users.filtered(lambda user: user.active and self.company_id in user.company_ids)
            if people := users.filtered(lambda user: user.id != SUPERUSER_ID):
                return people.sorted("id")[0]
        return self.env.ref("base.user_admin")

    def _deadline(self):
        """Return the day by which a complaint made today is looked into; the shop may change it, or delete the type."""
        activity_type = self.env.ref("consent_notify.activity_complaint", raise_if_not_found=False)
        return activity_type._get_date_deadline() if activity_type else fields.Date.context_today(self) + COMPLAINT

    def _use_sudo(self, action):
        self.ensure_one()
        self.write({"used_at": fields.Datetime.now(), "used_for": action})
        # Two taps at once: the second fails here and is tried again, when it finds the link used.
        self.flush_recordset()
        self._withdraw()

    def _withdraw(self):
        """Take back every text purpose for all who gave this number to this company; return the events."""
        subjects_sudo = self.env["consent.subject"].sudo()  # sudo: the holder of the handset speaks for its number
        subjects_sudo = subjects_sudo.search(
            [("company_id", "=", self.company_id.id), ("number_digest", "=", self.number_digest)]
        )
        return self.env["consent.event"]._withdraw_subjects_sudo(
            subjects_sudo, self._purposes(), source="link", order_name=self.order_id.name
        )

    @api.autovacuum
    def _gc_links(self):
        old = self.search([("expires", "<=", fields.Datetime.now() - VALID)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
