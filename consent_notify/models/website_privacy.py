import time
from functools import partial

from odoo import models

from ..tools import shown_token
from .consent_status_summary import GIVEN
from .website import Item


class Website(models.Model):
    """What the privacy page shows: per contact the number, and per purpose what was agreed to, with its words."""

    _inherit = "website"

    def _privacy_contacts_sudo(self, partner):
        """Return a dict per contact of this customer that has a number: {contact, mask, uses, unconfirmed}.

        Queries: constant, however many addresses and purposes there are.
        """
        contacts_sudo = partner.sudo()._own_contacts()
        numbered = contacts_sudo.filtered(lambda contact: contact == partner or contact.phone)
        statuses, dues = self._privacy_statuses_sudo(numbered), self._privacy_dues_sudo(numbered)
        unconfirmed = self.env["consent.code"]._to_confirm_sudo(numbered, self.company_id)
        return [
            {
                "contact": contact,
                "mask": contact._masked_phone(),
                "is_reachable": bool(self.env["consent.subject"]._digest_of(contact)),
                "uses": self._privacy_uses_sudo(contact, statuses.get(contact, {}), dues),
                "unconfirmed": contact in unconfirmed,
            }
            for contact in numbered
        ]

    def _privacy_statuses_sudo(self, contacts):
        """Return {contact: {purpose: latest answer for the present number}}."""
        found = {}
        domain = [
            ("partner_id", "in", contacts.ids),
            ("company_id", "=", self.company_id.id),
            ("is_current", "=", True),
            ("purpose_id.purpose_class", "!=", "service"),
        ]
        for status in self.env["consent.status"].sudo().search(domain):
            found.setdefault(status.partner_id, {})[status.purpose_id] = status
        return found

    def _privacy_dues_sudo(self, contacts):
        """Return {(partner id, purpose id): when the yes ends} by the terms of retention."""
        terms = self.env["consent.retention"].sudo()._terms(contacts.ids)
        subjects = self.env["consent.subject"].sudo().browse({term.subject for term in terms})
        ours = set(subjects.filtered(lambda subject: subject.company_id == self.company_id).ids)
        digests = {contact.id: subjects._digest_of(contact) for contact in contacts}
        return {
            (term.partner, term.purpose): term.due
            for term in terms
            if term.subject in ours and term.digest == digests[term.partner]
        }

    def _privacy_uses_sudo(self, contact, statuses, dues):
        """Return what one number is used for, or could be: a dict per purpose, in the purposes' order."""
        is_minor = contact._is_minor_sudo()
        pairs = self.env["consent.notice"]._words_sudo(
            self.company_id, self, self.env.lang, contact.country_id, is_guardian=is_minor
        )
        no_offers = self.env["consent.purpose"]._marketing_ids() if is_minor else ()
        asked = {with_box.purpose_id: with_box for _w, with_box in pairs if with_box.purpose_id not in no_offers}
        purposes = self.env["consent.purpose"].sudo().browse(asked).union(*statuses).sorted()
        return [
            self._privacy_use(contact, purpose, statuses.get(purpose), asked.get(purpose.id), dues, is_minor)
            for purpose in purposes
        ]

    def _privacy_use(self, contact, purpose, status, words, dues, is_minor):
        is_on = bool(status) and status.kind in GIVEN
        standing = status._standing() if is_on else None
        is_renewed = bool(words) and self.env["consent.notice"]._is_asked_again(words, standing, is_minor)
        is_asked = bool(words) and (is_renewed or not is_on)
        return {
            "purpose": purpose,
            "code": purpose.code,
            "is_on": is_on,
            # On, but for words that meant something else: it goes on, and the new words stand beside it.
            "is_renewed": is_renewed,
            # What was allowed and may not be used yet: nothing is sent, but it can be taken back.
            "held": status._held() if is_on else None,
            "status": status,
            "until": dues.get((contact.id, purpose.id)) if is_on else None,
            # What was agreed to, word by word; what is asked now, for whoever has not agreed to that.
            "said": status.text_id if status else None,
            "words": words if is_asked else None,
            "item": Item(words, shown_token.BOX) if words else None,
            "token": self._privacy_token_sudo(contact, status, words) if is_asked else None,
        }

    def _privacy_scope_sudo(self, contact, status):
        digest = self.env["consent.subject"]._digest_of(contact.sudo()) or ""
        event = status.event_id.id if status else 0
        mac = partial(self.env["phone.vault"]._mac, "privacy")
        return mac, (str(contact.id), str(self.company_id.id), str(self.id), digest, str(event))

    def _privacy_token_sudo(self, contact, status, words):
        keyed = [(words.notice_id, shown_token.BOX, words.sha256)]
        return shown_token.write(*self._privacy_scope_sudo(contact, status), keyed, time.time())

    def _privacy_give_sudo(self, contact, use, token):
        """Record that these words were shown and agreed to; return whether the form was still true.

        It is not if the number, the words or the answer changed since it was opened: in another window, say.
        """
        words = use["words"]
        keyed, genuine = shown_token.read(*self._privacy_scope_sudo(contact, use["status"]), token, time.time())
        if not genuine or keyed != [(words.notice_id, shown_token.BOX, words.sha256)]:
            return False
        texts = self.env["consent.notice.text"]
        text = texts.browse(texts._keep_sudo([words])[words.sha256])
        answers = [(use["purpose"], "shown", text), (use["purpose"], "granted", text)]
        where = {"source": "portal", "actor": self._consent_actor(), "website": self}
        self.env["consent.event"]._record_sudo(contact, self.company_id, answers, **where)
        return True

    def _consent_unconfirmed_sudo(self, order_sudo):
        """Return {contact, mask} of each number of this order that its code has not confirmed yet."""
        contacts_sudo = order_sudo._customers()
        unconfirmed = self.env["consent.code"]._to_confirm_sudo(contacts_sudo, order_sudo.company_id)
        return [{"contact": contact, "mask": contact._masked_phone()} for contact in unconfirmed]

    def _privacy_receivers_sudo(self, partner):
        """Return [(processor, first time, last time, how often)] of who got this customer's number, latest first."""
        rows = (
            self.env["phone.access"]
            .sudo()
            ._read_group(
                [
                    ("door", "=", "provider"),
                    ("model", "=", "res.partner"),
                    ("res_id", "in", partner._own_contacts().ids),
                    ("company_id", "=", self.company_id.id),
                    ("processor", "!=", False),
                ],
                ["processor"],
                ["time:min", "time:max", "__count"],
            )
        )
        return sorted(rows, key=lambda row: row[2], reverse=True)
