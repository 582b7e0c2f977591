from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, fields, models

from ..tools.link import without_scheme
from ..tools.marks import SmsPurpose
from ..tools.redact import redact_words
from .consent_reply import DAY, NOTES_A_DAY

# The law's five minutes for the one confirmation of a STOP (47 CFR 64.1200(a)(12)); later it would be one text more.
CONFIRM = timedelta(minutes=5)
WORDS = 1_000  # characters of a reply that the chatter shows


class ConsentReply(models.Model):
    """What follows a reply: one service text, a note on the order, a to-do."""

    _inherit = "consent.reply"

    # ------------------------------------------------------------ to the customer

    def _answer_sudo(self, inbound):
        """Answer by one service text, unless the provider did; at most one a day to a number, whatever it asks."""
        if inbound.is_answered or self.company_id.sudo().sms_replies_answered or not self._may_answer_sudo():
            return
        bearer = self._bearers_sudo()[:1]
        speaking = self.with_context(lang=bearer.lang or self.env.lang)
        now = fields.Datetime.now()
        texts = self.env["sms.sms"].sudo().with_context(sms_purpose_code=SmsPurpose("service"))
        texts.create(
            {
                "body": speaking._answer_words(),
                "number": inbound.sender,
                "partner_id": bearer.id,
                "record_company_id": self.company_id.id,
                "send_until": now + CONFIRM,
            }
        ).send()
        self.answered_at = now

    def _may_answer_sudo(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("number_digest", "=", self.number_digest),
            ("answered_at", ">", fields.Datetime.now() - DAY),
        ]
        return not self.search_count(domain, limit=1)

    def _answer_words(self):
        """Return the answer: who speaks and what now, nothing to buy."""
        company_sudo = self.company_id.sudo()
        website = self.env["website"].sudo().search([("company_id", "=", company_sudo.id)], limit=1)
        facts = {
            "shop": company_sudo.name,
            "page": f"{without_scheme((website or company_sudo).get_base_url())}/my/privacy",
            "phone": company_sudo.phone or company_sudo.email or "",
        }
        if self.kind == "help":
            return self.env._("%(shop)s texts you about your orders. STOP ends it. %(page)s %(phone)s", **facts).strip()
        if self.kind == "start":
            # A word alone shows nobody the notice, so it is no consent.
            return self.env._("%(shop)s: to get texts again, allow them here: %(page)s", **facts)
        return self.env._("%(shop)s: you will get no more texts from us.", **facts)

    # ------------------------------------------------------------ to the shop

    def _may_note_sudo(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("number_digest", "=", self.number_digest),
            ("kind", "=", "text"),
            ("time", ">", fields.Datetime.now() - DAY),
        ]
        return self.search_count(domain, limit=NOTES_A_DAY + 1) <= NOTES_A_DAY

    def _tell_sudo(self, body):
        """Put the words on the order and tell its salesperson. What could be dialled in them is taken out."""
        record = self.order_id or self._bearers_sudo()[:1]
        if not record:
            return
        owner = self._owner(record)
        speaking = self.with_context(lang=owner.lang or self.env.lang)
        words = redact_words(body.strip())[:WORDS]
        note = Markup("<p>%s</p><blockquote>%s</blockquote>") % (speaking.env._("The customer replied by SMS:"), words)
        # with_user: the mail that tells the owner needs a sender, which the website's visitor is not.
        record.with_user(SUPERUSER_ID).message_post(
            body=note, partner_ids=owner.partner_id.ids, subtype_xmlid="mail.mt_note"
        )

    def _ask_about_order_sudo(self):
        """Have somebody ask whether the order is to be cancelled: the word alone never cancels it."""
        record = self._order_sudo(("sale",)) or self.order_id or self._bearers_sudo()[:1]
        if not record:
            return
        asked = self.env.ref("consent_notify.activity_reply", raise_if_not_found=False)
        if asked and asked in record.sudo().activity_ids.activity_type_id:
            return  # somebody is at it
        owner = self._owner(record)
        speaking = self.with_context(lang=owner.lang or self.env.lang)
        record.with_user(SUPERUSER_ID).with_context(lang=speaking.env.lang).activity_schedule(
            "consent_notify.activity_reply",
            summary=speaking.env._("“Cancel” came by SMS: the texts or the order?"),
            note=speaking.env._(
                "The customer replied with a word that may mean the texts or the order. The texts are stopped, the"
                " order stands. Ask by telephone or e-mail what was meant."
            ),
            user_id=owner.id,
        )

    def _owner(self, record):
        """Return who answers the customer: the salesperson, else an officer, else a manager."""
        return self.company_id._owner_of_work(record.sudo().user_id)  # sudo: whose the contact is
