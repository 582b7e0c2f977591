import json
from collections import namedtuple
from hashlib import sha256

from babel.units import format_unit

from odoo import api, models
from odoo.tools import ormcache

from .consent_notice import PLACEHOLDER

# The words for one purpose as one visitor sees them, before anybody stored them.
Words = namedtuple("Words", "purpose_id code basis notice_id lang intro label details sha256")
RECEIVERS = {"iap": "Odoo", "twilio": "Twilio"}


class ConsentNotice(models.Model):
    """Choosing and filling the words: read on every address form, so they cost no query once cached."""

    _inherit = "consent.notice"

    @api.model
    def _words_sudo(self, company, website=None, lang=None, country=None):
        """Return a tuple of `Words`, one per purpose that is asked, in the purposes' order.

        :param country: res.country whose law applies, for notices of one jurisdiction
        """
        lang = lang or self.env.lang or "en_US"
        company_sudo = company.sudo()
        facts = (company_sudo.name, company_sudo.phone or company_sudo.email or company_sudo.name)
        ids = (company.id, website.id if website else False, country.id if country else False)
        # The facts are part of the key: when one of them changes, so do the words.
        return self._words_cached(*ids, lang, facts, company_sudo.sms_provider)

    @api.model
    @ormcache("company_id", "website_id", "country_id", "lang", "facts", "provider")
    def _words_cached(self, company_id, website_id, country_id, lang, facts, provider):
        company = self.env["res.company"].browse(company_id)
        notices_sudo = self._choose_sudo(company, website_id, country_id, lang)
        return tuple(notice_sudo._words(company) for notice_sudo in notices_sudo)

    @api.model
    def _choose_sudo(self, company, website_id, country_id, lang):
        """Return the published notices that fit best, one for each purpose that customers are asked about."""
        fallbacks = [lang, company.sudo().partner_id.lang, "en_US"]
        found = self.sudo().search(
            [
                ("state", "=", "published"),
                ("company_id", "in", (False, company.id)),
                ("website_id", "in", (False, website_id)),
                ("jurisdiction_id", "in", (False, country_id)),
                ("purpose_id.active", "=", True),
                ("purpose_id.purpose_class", "!=", "service"),
            ]
        )
        best = {}
        for notice in found:
            if notice.lang in fallbacks:
                wanted = fallbacks.index(notice.lang)
            elif notice.lang.split("_")[0] == lang.split("_")[0]:
                wanted = 0.5
            else:
                wanted = len(fallbacks)
            rank = (-wanted, *map(bool, (notice.jurisdiction_id, notice.website_id, notice.company_id)), notice.version)
            if rank > best.get(notice.purpose_id, ((-9,), None))[0]:
                best[notice.purpose_id] = (rank, notice)
        return self.sudo().union(*(best[purpose][1] for purpose in self.env["consent.purpose"].union(*best).sorted()))

    def _words(self, company):
        """Return the `Words` of this notice in the name of `company`."""
        self.ensure_one()
        notice_sudo = self.sudo()
        intro, label, details = notice_sudo._render(company)
        purpose = notice_sudo.purpose_id
        whole = json.dumps([self.id, notice_sudo.lang, intro, label, details], ensure_ascii=False)
        digest = sha256(whole.encode()).hexdigest()
        return Words(purpose.id, purpose.code, purpose.basis, self.id, notice_sudo.lang, intro, label, details, digest)

    def _render(self, company):
        """Return (intro, label, details) with every placeholder filled."""
        company_sudo = company.sudo()
        values = {
            "company": company_sudo.name,
            "term": format_unit(self.purpose_id.term_months, "duration-month", locale=self._locale()),
            "receivers": self._receivers(company_sudo.sms_provider),
            "phone": company_sudo.phone or company_sudo.email or company_sudo.name,
        }

        def fill(words):
            return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), (words or "").strip())

        label = self.statement if self.purpose_id.basis == "contract" and self.statement else self.label
        return fill(self.intro), fill(label), fill(self.details)

    def _locale(self):
        return (self.lang or "en_US").split("@")[0]

    def _receivers(self, provider):
        """Return who else gets the number: made from the provider in use, never a flat “nobody”."""
        if provider in RECEIVERS:
            return RECEIVERS[provider]
        if provider in (False, "sandbox"):
            return self.with_context(lang=self.lang).env._("no one yet, texts are in test mode")
        return dict(self.env["res.company"]._fields["sms_provider"]._description_selection(self.env))[provider]
