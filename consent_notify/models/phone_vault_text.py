import re
from html import unescape
from urllib.parse import unquote

from odoo import api, models
from odoo.tools import SQL

from ..tools import phone

# What a person would dial: seven digits or more, however separated.
DIALLED = re.compile(rf"\+?\(?{phone.DIALLED}")
# A link to dial, as it stands in HTML: where it leads (in quotes or not), and what it says.
TO_DIAL = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*["']?\s*tel:([^"'>]*)[^>]*>(.*?)</a>""", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")
BLANK = re.compile("&(?:nbsp|#160|#xa0);", re.IGNORECASE)  # between the digits of a number in HTML


class PhoneVault(models.Model):
    """Numbers within longer texts: previews, rendered templates, composed messages."""

    _inherit = "phone.vault"

    @api.model
    def _mask_within(self, text, written=""):
        """Return `text` with every number opened so far masked, in whatever spelling it stands there.

        :param written: text in which somebody may have written guesses: numbers that stand there stay
        """
        return self._mask_within_all({None: text}, lambda _key: written)[None]

    @api.model
    def _mask_within_all(self, texts, written):
        """Do as `_mask_within` for {key: text}; what was opened is gathered once. Queries: one at most.

        :param written: what returns the text in which guesses may be written, asked only about the key of a text that
            holds a number
        """
        spelled = {key: tails for key, text in texts.items() if text and (tails := _tails(text))}
        if not spelled:
            return texts
        known = {}
        for number in self._state()["known"]:
            known.setdefault(phone.tail(number), []).append(number)  # one number may be open in two spellings
        found = known.keys() & set().union(*spelled.values())
        found -= self._public_tails({number: tail for tail in found for number in known[tail]})
        hidden = {key: tails for key, all_ in spelled.items() if (tails := all_ & found)}
        hidden = {key: left for key, tails in hidden.items() if (left := tails - _tails(written(key)))}

        def masked(text, tails):
            def mask(match):
                tail = phone.tail(match[0])
                return self._mask(known[tail][0]) if tail in tails else match[0]

            return type(text)(DIALLED.sub(mask, text))

        return {key: masked(text, hidden[key]) if key in hidden else text for key, text in texts.items()}

    @api.model
    def _unlink_numbers(self, html):
        """Return `html` with each link to dial replaced by what it says, every number in it masked.

        Whose number it is does not count: were only the vault's masked, writing a link would confirm a guess. The
        shop's own and a colleague's at work stay as they are.
        """
        links = TO_DIAL.findall(html or "")
        numbers = {number: phone.tail(number) for link in links for number in self._dialled(*link)}
        hidden = set(numbers.values()) - self._public_tails(numbers)
        if not hidden:
            return html

        def unlink(link):
            spelled = {phone.tail(number) for number in self._dialled(*link.groups())} & hidden
            if not spelled:
                return link[0]
            # Where only tags part its digits, it is a number to whoever reads it.
            words = TAG.sub("", link[2])
            is_parted = spelled.intersection(map(phone.tail, DIALLED.findall(unescape(words)))).difference(
                map(phone.tail, DIALLED.findall(unescape(link[2])))
            )
            return words if is_parted else link[2]

        def mask(match):
            return self._mask(match[0]) if phone.tail(match[0]) in hidden else match[0]

        return type(html)(DIALLED.sub(mask, BLANK.sub("\xa0", TO_DIAL.sub(unlink, html))))

    @api.model
    def _dialled(self, address, words):
        """Return the numbers of a link: where it leads, and what it says."""
        return DIALLED.findall(f"{unquote(address)} | {unescape(TAG.sub('', words))}")

    @api.model
    def _public_tails(self, numbers):
        """Return the tails of those `numbers` (number: tail) that are the shop's own or a colleague's at work.

        A colleague's that a customer has as well is taken for the customer's: somebody may have put it there.
        """
        if not numbers:
            return set()
        partners = self.env["res.partner"]
        hashes = {self._digest(number) or self._token(number): tail for number, tail in numbers.items()}
        self.env.cr.execute(
            SQL(
                """
                SELECT v.number_digest, v.token FROM phone_vault v JOIN res_partner p ON p.phone = v.token
                 WHERE (v.number_digest = ANY(%(hashes)s) OR v.token = ANY(%(hashes)s))
                   AND (%(ours)s)
                   AND (EXISTS (SELECT FROM res_company c WHERE c.partner_id = p.id)
                        OR NOT EXISTS (SELECT FROM phone_vault w JOIN res_partner q ON q.phone = w.token
                                        WHERE (w.token = v.token OR w.number_digest = v.number_digest)
                                          AND NOT (%(theirs)s)))
                """,
                hashes=list(hashes),
                ours=partners._ours_sql("p"),
                theirs=partners._ours_sql("q", former=True),
            )
        )
        return {hashes[found] for row in self.env.cr.fetchall() for found in row if found in hashes}


def _tails(text):
    """Return the tails of all that a person could dial in `text`."""
    return set(map(phone.tail, DIALLED.findall(text)))
