import time
from collections import namedtuple
from datetime import UTC, datetime
from functools import partial

from odoo import models

from ..tools import shown_token

# A purpose on a form: its words, and whether it stands as a box, as a standing yes, or as something merely told.
# `is_renewed`: the customer agreed, but to words that meant something else, or is under age: the box is there again.
Item = namedtuple("Item", "words mode is_renewed", defaults=(False,))


class Website(models.Model):
    _inherit = "website"

    def _consent_items_sudo(self, partner_sudo, country):
        """Return the `Item`s that the address form of this customer shows now."""
        company, notices = self.company_id, self.env["consent.notice"]
        is_minor = bool(partner_sudo) and partner_sudo._is_minor_sudo()
        pairs = notices._words_sudo(company, self, self.env.lang, country, is_guardian=is_minor)
        standing = self.env["consent.status"]._standing_sudo(partner_sudo, company) if partner_sudo and pairs else {}
        marketing = self.env["consent.purpose"]._marketing_ids() if is_minor else ()
        items = []
        for words, with_box in pairs:
            answer = standing.get(words.purpose_id)
            if words.purpose_id in marketing:
                continue
            if answer and answer.kind == "granted":
                is_renewed = notices._is_asked_again(with_box, answer, is_minor)
                # As text with “change”: an empty box would take it back.
                items.append(Item(with_box, shown_token.BOX if is_renewed else shown_token.STANDING, is_renewed))
            elif words.has_box or answer:
                items.append(Item(with_box, shown_token.BOX))
            else:
                items.append(Item(words, shown_token.TOLD))
        return items

    def _consent_form_sudo(self, order_sudo, partner_sudo, country):
        """Return what the address form shows and hides, or None if nothing is asked."""
        return self._consent_form_of(order_sudo, self._consent_items_sudo(partner_sudo, country))

    def _consent_form_of(self, order_sudo, items, *scope):
        """Return what a form with these `Item`s shows and hides, or None without any; `scope` narrows its token."""
        if not items:
            return None
        keyed = [(item.words.notice_id, item.mode, item.words.sha256) for item in items]
        token = shown_token.write(*self._consent_scope(order_sudo, *scope), keyed, time.time())
        return self._consent_form(self.company_id, items, token)

    def _consent_form(self, company, items, token):
        """Return what the template of the block is filled with."""
        return {
            "company": company.name,
            # The same words for several purposes are read once.
            "intros": list(dict.fromkeys(item.words.intro for item in items)),
            "items": items,
            "details": list(dict.fromkeys(item.words.details for item in items)),
            "token": token,
        }

    def _delivery_phone_words_sudo(self, order_sudo):
        """Return the `Words` beside the field where a delivery needs a number, or None if the shop has none."""
        country = order_sudo.partner_shipping_id.country_id
        pairs = self.env["consent.notice"]._words_sudo(self.company_id, self, self.env.lang, country, is_service=True)
        return next((words for words, _box in pairs if words.code == "service"), None)

    def _delivery_phone_record_sudo(self, order_sudo):
        """Note that this number was given for a delivery, and what was said of it: by that, retention finds it."""
        partner_sudo, company = order_sudo.partner_shipping_id, self.company_id
        events, texts = self.env["consent.event"], self.env["consent.notice.text"]
        purpose = self.env.ref("consent_notify.purpose_service")
        words = self._delivery_phone_words_sudo(order_sudo)
        text = texts.browse(texts._keep_sudo([words])[words.sha256] if words else ())
        subject_sudo = self.env["consent.subject"]._find_or_make_sudo(partner_sudo, company)
        before = events._latest(subject_sudo, purpose, ("shown",)).get((subject_sudo.id, purpose.id))
        if before != ("shown", order_sudo.name, text.id or None):
            where = {"source": "checkout", "order_name": order_sudo.name, "website": self}
            events._record_sudo(partner_sudo, company, [(purpose, "shown", text)], **where)

    def _consent_actor(self):
        """Return who the log says answered: a colleague at the keyboard is not the customer, whoever's order it is."""
        user = self.env.user
        return f"user:{user.id}" if user._is_internal() else "customer"

    def _consent_scope(self, order_sudo, *more):
        """Return the hash function and the scope of this cart's forms: a token of another cart is no token here."""
        mac = partial(self.env["phone.vault"]._mac, "shown")
        return mac, (str(order_sudo.id), str(self.company_id.id), str(self.id), *more)

    def _consent_items_read_sudo(self, token, order_sudo, partner_sudo, country):
        """Return the `Item`s that a form with this hidden field showed, or None if that cannot be known.

        A token that is not ours (forged, of another cart, too old) is believed only if the form would show the very
        same words now, and never when it says yes: nobody knows what was taken back since.
        """
        keyed, genuine = shown_token.read(*self._consent_scope(order_sudo), token, time.time())
        if not genuine:
            present = self._consent_items_sudo(partner_sudo, country)
            same = keyed == [(item.words.notice_id, item.mode, item.words.sha256) for item in present]
            return present if keyed and same else None
        return self._consent_items_known_sudo(keyed, country)

    def _consent_opened_sudo(self, token, order_sudo):
        """Return when the form with this hidden field was opened, or None if the token is not ours, or too old."""
        opened = shown_token.opened_at(*self._consent_scope(order_sudo), token, time.time())
        return None if opened is None else datetime.fromtimestamp(opened, UTC).replace(tzinfo=None)

    def _consent_items_known_sudo(self, keyed, country):
        """Return the `Item`s of a token's content, or None if some of its words cannot be known any more."""
        pairs = self.env["consent.notice"]._words_sudo(self.company_id, self, self.env.lang, country)
        known = {words.sha256: words for pair in pairs for words in pair}
        items = [
            Item(known.get(sha) or self._consent_words_read_sudo(notice_id, sha), mode)
            for notice_id, mode, sha in keyed
        ]
        return items if all(item.words for item in items) else None

    def _consent_words_read_sudo(self, notice_id, sha):
        """Return the `Words` with this hash: in another language, or changed since the form was opened."""
        return self.env["consent.notice"]._words_read_sudo(self.company_id, self, notice_id, sha)
