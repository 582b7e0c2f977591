import re

from odoo import api, models
from odoo.tools import SQL

from ..tools import phone

DIALLED = re.compile(rf"\+?\(?{phone.DIALLED}")


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
            known.setdefault(phone.tail(number), []).append(number)  # one number may be open in two spellings
        found = {tail for match in DIALLED.findall(text) if (tail := phone.tail(match)) in known}
        found -= self._public_tails({number: tail for tail in found for number in known[tail]})
        if not found:
            return text

        def mask(match):
            tail = phone.tail(match[0])
            return self._mask(known[tail][0]) if tail in found else match[0]

        return type(text)(DIALLED.sub(mask, text))

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
                   AND (%s)
                """,
                list(tokens),
                self.env["res.partner"]._ours_sql("p"),
            )
        )
        return {tokens[token] for (token,) in self.env.cr.fetchall()}
