import re

from odoo import api, models
from odoo.tools import SQL

from ..tools import phone

# What a person would dial: seven digits or more, however separated.
DIALLED = re.compile(r"\+?\(?\d(?:[\s().+/\-\xa0]*\d){6,}")
TAIL = 9  # digits that tell two numbers apart when one lacks its country


class PhoneVault(models.Model):
    """Numbers within longer texts: previews, rendered templates, composed messages."""

    _inherit = "phone.vault"

    @api.model
    def _mask_within(self, text):
        """Return `text` with every number opened so far masked, in whatever spelling it stands there."""
        if not text or not DIALLED.search(text):
            return text
        known = {}
        for number in self._state()["known"]:
            known.setdefault(self._tail(number), []).append(number)  # one number may be open in two spellings
        found = {tail for match in DIALLED.findall(text) if (tail := self._tail(match)) in known}
        found -= self._public_tails({number: tail for tail in found for number in known[tail]})
        if not found:
            return text

        def mask(match):
            tail = self._tail(match[0])
            return self._mask(known[tail][0]) if tail in found else match[0]

        return type(text)(DIALLED.sub(mask, text))

    @api.model
    def _tail(self, text):
        return phone.NOT_DIGIT.sub("", text)[-TAIL:]

    @api.model
    def _public_tails(self, numbers):
        """Return the tails of those `numbers` (number: tail) that are the shop's own or a colleague's at work."""
        if not numbers:
            return set()
        tokens = {self._token(number): tail for number, tail in numbers.items()}
        self.env.cr.execute(
            SQL(
                """
                SELECT p.phone FROM res_partner p
                 WHERE p.phone = ANY(%s)
                   AND (EXISTS (SELECT FROM res_users u WHERE u.partner_id = p.id AND u.share IS NOT TRUE)
                        OR EXISTS (SELECT FROM res_company c WHERE c.partner_id = p.id))
                """,
                list(tokens),
            )
        )
        return {tokens[token] for (token,) in self.env.cr.fetchall()}
