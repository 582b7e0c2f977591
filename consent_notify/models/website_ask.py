import time

from odoo import models

from ..tools import shown_token

# What a stale form may still change: an answer that the customer gave to this very order's question.
MENDABLE = ("granted", "refused")
LONGEST = 4_000


class Website(models.Model):
    """Asking after the address form: whoever's saved number has no answer yet, and never twice for one purpose.

    A yes to words that meant something else is asked for again.
    """

    _inherit = "website"

    def _consent_ask_items_sudo(self, order_sudo):
        """Return the `Item`s that the customer of this order is asked about, for the number on their contact."""
        partner_sudo = order_sudo.partner_id
        if not self.env["consent.subject"]._digest_of(partner_sudo):
            return []
        items = self._consent_items_sudo(partner_sudo, partner_sudo.country_id)
        answers = self.env["consent.status"]._answers_sudo(partner_sudo, self.company_id)
        items = [item for item in items if item.is_renewed or item.words.purpose_id not in answers]
        if all(item.mode == shown_token.TOLD for item in items):
            # Nothing to tick: what was told once need not be told again. A box that was passed by told something else.
            subject_sudo, purposes = self._consent_ask_subject_sudo(order_sudo, items)
            is_told = self.env["consent.notice.text"]._is_told_sql("consent_event")
            told = self.env["consent.event"]._latest(subject_sudo, purposes, ("shown",), is_told)
            items = [item for item in items if (subject_sudo.id, item.words.purpose_id) not in told]
        return items

    def _consent_ask_form_sudo(self, order_sudo):
        """Return what the block on the payment step or the confirmation page shows and hides, or None."""
        items = self._consent_ask_items_sudo(order_sudo)
        return self._consent_form_of(order_sudo, items, *self._consent_ask_scope(order_sudo))

    def _consent_ask_read_sudo(self, order_sudo, token):
        """Return the `Item`s that a form with this hidden field showed, or None unless it was ours, of this order and
        about the customer's present number."""
        if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
            return None
        mac, scope = self._consent_scope(order_sudo, *self._consent_ask_scope(order_sudo))
        keyed, genuine = shown_token.read(mac, scope, token, time.time())
        return self._consent_items_known_sudo(keyed, order_sudo.partner_id.country_id) if genuine else None

    def _consent_ask_scope(self, order_sudo):
        digest = self.env["consent.subject"]._digest_of(order_sudo.partner_id)
        return "ask", str(order_sudo.partner_id.id), digest or ""

    def _consent_ask_record_sudo(self, order_sudo, items, ticked=None):
        """Append what was shown, and what was answered if the form was sent; return whether it stands now.

        What this order's customer already answered is not repeated, and a form left open in another tab, or sent
        again by the browser, never brings back what was taken back since. A yes that is asked for again goes on until
        the form is sent.

        :param set ticked: names of the boxes that were ticked; None if the customer passed the block by
        """
        partner_sudo, company = order_sudo.partner_id, self.company_id
        digest = self.env["consent.subject"]._digest_of(partner_sudo)
        if not digest or not items:
            return False
        if ticked is not None:
            # Two clicks at once: the second waits here, is then sent again by Odoo, and finds the answer.
            self.env.cr.execute("UPDATE res_partner SET write_date = write_date WHERE id = %s", [partner_sudo.id])
        subject_sudo, purposes = self._consent_ask_subject_sudo(order_sudo, items, make=True)
        texts = self.env["consent.notice.text"]._keep_sudo(item.words for item in items)
        events = self.env["consent.event"]
        answered, shown = (events._latest(subject_sudo, purposes, *kinds) for kinds in ([], [("shown",)]))
        renewed = {item.words.purpose_id for item in self._consent_ask_items_sudo(order_sudo) if item.is_renewed}
        answers = []
        for item in items:
            purpose = purposes.browse(item.words.purpose_id)
            text = self.env["consent.notice.text"].browse(texts[item.words.sha256])
            key = (subject_sudo.id, purpose.id)
            before = answered.get(key)
            # A form with the very words of the standing yes was opened before they were asked about again. Another
            # contact's yes stands since that was merged into this one.
            is_renewed = purpose.id in renewed and (not before or before[2] != text.id)
            is_mendable = before and before[0] in MENDABLE and before[1:] == (order_sudo.name, text.id)
            if before and not is_mendable and not is_renewed:
                continue
            if shown.get(key) != ("shown", order_sudo.name, text.id):
                answers.append((purpose, "shown", text))
            kind = self._consent_ask_kind(item, ticked)
            if kind and (is_renewed or not before or before[0] != kind):
                answers.append((purpose, kind, text))
        where = {"source": "checkout", "actor": self._consent_actor(), "order_name": order_sudo.name, "website": self}
        events._record_sudo(partner_sudo, company, answers, **where)
        return True

    def _consent_ask_kind(self, item, ticked):
        """Return the answer that a sent form gives to one item, or None."""
        if ticked is None or item.mode == shown_token.STANDING:
            return None
        if item.mode == shown_token.TOLD:
            return "withdrawn" if f"consent_stop_{item.words.code}" in ticked else None
        return "granted" if f"consent_{item.words.code}" in ticked else "refused"

    def _consent_ask_subject_sudo(self, order_sudo, items, make=False):
        """Return (subject of the order's customer with the present number, purposes of `items`)."""
        subjects = self.env["consent.subject"]
        partner_sudo, company = order_sudo.partner_id, self.company_id
        purposes = self.env["consent.purpose"].browse(item.words.purpose_id for item in items)
        if make:
            return subjects._find_or_make_sudo(partner_sudo, company), purposes
        digest = subjects._digest_of(partner_sudo)
        # sudo: visitors have no access of their own to who is behind an event
        domain = [("partner_id", "=", partner_sudo.id), ("company_id", "=", company.id), ("number_digest", "=", digest)]
        return subjects.sudo().search(domain, order="id", limit=1), purposes
