import hmac
import time
from functools import partial

from odoo import models

from ..tools import shown_token
from ..tools.marks import AskLink
from .website import Item

DAYS_VALID = 30
NUMBER = 16  # of the characters at the end of a link speak for the number, the others sign them and all the rest


class ResPartner(models.Model):
    """The link in the e-mail that asks: an answer without a login, to what was never answered for the present number.

    Nothing is kept of a link: it is signed. Whoever gets hold of it can give answers, but change none except a yes
    that is asked for again, and sees no name and no number.
    """

    _inherit = "res.partner"

    def _consent_ask_url(self):
        """Return the address for the e-mail to this contact; what the staff see of it (a preview, a draft) is a word.

        Whoever of the staff had it could answer in the customer's name.
        """
        is_customers = isinstance(self.env.context.get("consent_notify_ask_link"), AskLink)
        return self._consent_ask_live_url() if is_customers else "[link]"

    def _consent_ask_live_url(self):
        """Return the address at which this contact answers; the privacy page of the account without a number."""
        self.ensure_one()
        company = self.env.company
        base = company.get_base_url()  # the host that customers know as the shop's
        if not self.env["consent.subject"]._digest_of(self):
            return f"{base}/my/privacy"
        until, number = f"{int(time.time()) + DAYS_VALID * 24 * 60 * 60:x}", self._consent_ask_number()
        signature = number + self._consent_ask_signature(company, until, number)
        return f"{base}/consent/answer/{self.id}/{company.id}/{until}/{signature}"

    def _consent_ask_number(self):
        """Return 16 hexadecimal characters for the present number: with another one they are others."""
        digest = self.env["consent.subject"]._digest_of(self) or ""
        return self.env["phone.vault"]._mac("ask by e-mail about", str(self.id), digest)[:NUMBER]

    def _consent_ask_signature(self, company, until, number):
        """Return 32 hexadecimal characters that only this shop writes."""
        return self.env["phone.vault"]._mac("ask by e-mail", str(self.id), str(company.id), until, number)[:32]

    def _consent_ask_find_sudo(self, company, until, signature):
        """Return the contact whose link this is (sudo), or nothing if it is forged, too old or of a former number."""
        number, signature = signature[:NUMBER], signature[NUMBER:]
        # Before anything is looked up: how long a refusal takes says nothing of whether there is such a contact.
        ours = self._consent_ask_signature(company, until, number)
        if not hmac.compare_digest(ours, signature) or time.time() >= int(until, 16):
            return self.sudo().browse()
        # sudo: visitors may read neither contacts nor companies
        partner_sudo = self.sudo().exists() if company.sudo().exists() else self.sudo().browse()
        return partner_sudo.filtered(lambda partner: hmac.compare_digest(partner._consent_ask_number(), number))

    # ------------------------------------------------------------ the form

    def _consent_ask_items_sudo(self, company):
        """Return the `Item`s that this contact is asked about for the present number, in their language: what was never
        answered, and a yes that is asked for again.
        """
        notices, is_minor = self.env["consent.notice"], self._is_minor_sudo()
        installed = dict(self.env["res.lang"].get_installed())
        lang = self.lang if self.lang in installed else self.env.lang
        pairs = notices._words_sudo(company, company.website_id, lang, self.country_id, is_guardian=is_minor)
        standing = self.env["consent.status"]._standing_sudo(self, company)
        no_offers = self.env["consent.purpose"]._marketing_ids() if is_minor else ()
        items = []
        for words, with_box in pairs:
            answer = standing.get(words.purpose_id)
            if words.purpose_id in no_offers:
                continue
            if notices._is_asked_again(with_box, answer, is_minor):
                items.append(Item(with_box, shown_token.BOX, is_renewed=True))
            elif not answer:
                items.append(Item(words, shown_token.BOX if words.has_box else shown_token.TOLD))
        return items

    def _consent_ask_keyed(self, items):
        return [(item.words.notice_id, item.mode, item.words.sha256) for item in items]

    def _consent_ask_scope(self, company):
        digest = self.env["consent.subject"]._digest_of(self)
        return partial(self.env["phone.vault"]._mac, "ask form"), (str(self.id), str(company.id), digest)

    def _consent_ask_token_sudo(self, company, items):
        return shown_token.write(*self._consent_ask_scope(company), self._consent_ask_keyed(items), time.time())

    def _consent_ask_record_sudo(self, company, token, ticked, actor):
        """Record what the form showed and what was ticked; return whether it was still true.

        :param set ticked: names of the boxes that were ticked; one left empty is a no
        """
        # The second of two clicks waits here, is sent again by Odoo, and finds the answers.
        self._take_turn_sudo()
        items = self._consent_ask_items_sudo(company)
        keyed, genuine = shown_token.read(*self._consent_ask_scope(company), token, time.time())
        if not items or not genuine or keyed != self._consent_ask_keyed(items):
            return False
        texts = self.env["consent.notice.text"]._keep_sudo(item.words for item in items)
        answers = []
        for item in items:
            purpose = self.env["consent.purpose"].browse(item.words.purpose_id)
            text = self.env["consent.notice.text"].browse(texts[item.words.sha256])
            kind = self.env["website"]._consent_ask_kind(item, ticked)
            answers += [(purpose, "shown", text), *([(purpose, kind, text)] if kind else [])]
        where = {"source": "email", "actor": actor, "website": company.website_id}
        self.env["consent.event"]._record_sudo(self, company, answers, **where)
        return True
