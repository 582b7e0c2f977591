import time
from functools import partial

from odoo import models

from ..tools import shown_token


class ConsentLink(models.Model):
    """“Call me”: a call needs a yes of its own, so whoever asks for one is shown the words of calls first."""

    _inherit = "consent.link"

    def _is_theirs(self):
        """Tell whether the number of the text is still the one on the contact that it was sent to."""
        digest = self.env["consent.subject"]._digest_of(self.partner_id)
        return bool(digest) and digest == self.number_digest

    def _can_be_called(self):
        """Tell whether staff may ever call this number about this order: it is the customer's, and calls are a use."""
        is_customer = bool(self.partner_id) and self.partner_id == self.order_id.partner_id
        return is_customer and self._is_theirs() and (self._allows_calls() or bool(self._call_words()))

    def _allows_calls(self):
        verdict = self.env["consent.status"]._call_verdict(self.company_id, self.partner_id, self.number_digest)
        return verdict is None

    def _call_words(self):
        """Return the `Words` with a box of calls about orders, in the customer's language, or None without any."""
        partner = self.partner_id
        pairs = self.env["consent.notice"]._words_sudo(
            self.company_id,
            self.order_id.website_id,
            self._lang(),
            partner.country_id,
            is_guardian=partner._is_minor_sudo(),
        )
        return next((with_box for _words, with_box in pairs if with_box.code == "order_call"), None)

    def _call_form(self):
        """Return what the page shows before the first call: the words, and a field that says which they were."""
        words = self._call_words()
        keyed = [(words.notice_id, shown_token.BOX, words.sha256)]
        return {"words": words, "token": shown_token.write(*self._call_scope(), keyed, time.time())}

    def _call_scope(self):
        return partial(self.env["phone.vault"]._mac, "link call"), (str(self.id), self.number_digest)

    def _allow_calls_sudo(self, token):
        """Record the customer's yes to the words that a form with this field showed; return whether calls are allowed.

        They are not if the form was never shown, is a day old, or its words have changed since.
        """
        if self._allows_calls():
            return True
        words = self._call_words()
        keyed, genuine = shown_token.read(*self._call_scope(), token, time.time())
        if not words or not genuine or keyed != [(words.notice_id, shown_token.BOX, words.sha256)]:
            return False
        texts = self.env["consent.notice.text"]
        text = texts.browse(texts._keep_sudo([words])[words.sha256])
        purpose = self.env["consent.purpose"].browse(words.purpose_id)
        self.env["consent.event"]._record_sudo(
            self.partner_id,
            self.company_id,
            [(purpose, "shown", text), (purpose, "granted", text)],
            source="link",
            order_name=self.order_id.name,
            website=self.order_id.website_id,
        )
        return True
