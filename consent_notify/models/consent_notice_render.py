from collections import namedtuple

from babel.units import format_unit

from odoo import api, models
from odoo.tools import ormcache
from odoo.tools.translate import LazyTranslate

from ..tools import words
from .consent_notice import PLACEHOLDER

# The words for one purpose as one visitor sees them, before anybody stored them.
Words = namedtuple("Words", "purpose_id code notice_id lang intro label details sha256 has_box")
_lt = LazyTranslate(__name__)
NOBODY = _lt("no one yet, texts are in test mode")
RECEIVERS = {"iap": "Odoo", "twilio": "Twilio"}


class ConsentNotice(models.Model):
    """Choosing and filling the words: read on every address form, so they cost no query once cached."""

    _inherit = "consent.notice"

    @api.model
    def _words_sudo(self, company, website=None, lang=None, country=None, is_service=False):
        """Return a tuple of (words, words with a box), one pair per purpose that is asked, in the purposes' order.

        The two differ where the purpose rests on the contract: whoever said no to it gets the box.
        With `is_service`: the words of what is not asked but told, where the customer does something that needs it.

        :param country: res.country whose law applies, for notices of one jurisdiction
        """
        lang = lang or self.env.lang or "en_US"
        company_sudo = company.sudo()
        facts = (company_sudo.name, company_sudo.phone or company_sudo.email or company_sudo.name)
        ids = (company.id, website.id if website else False, country.id if country else False)
        # The facts are part of the key: when one of them changes, so do the words.
        return self._words_cached(*ids, lang, facts, company_sudo.sms_provider, is_service)

    @api.model
    @ormcache("company_id", "website_id", "country_id", "lang", "facts", "provider", "is_service")
    def _words_cached(self, company_id, website_id, country_id, lang, facts, provider, is_service):
        company = self.env["res.company"].browse(company_id)
        notices_sudo = self._choose_sudo(company, website_id, country_id, lang, is_service)
        return tuple((notice._words(company), notice._words(company, has_box=True)) for notice in notices_sudo)

    @api.model
    def _choose_sudo(self, company, website_id, country_id, lang, is_service):
        """Return the published notices that fit best, one for each purpose that customers are asked about, or told."""
        fallbacks = [lang, company.sudo().partner_id.lang, "en_US"]
        found = self.sudo().search(
            [
                ("state", "=", "published"),
                ("company_id", "in", (False, company.id)),
                ("website_id", "in", (False, website_id)),
                ("jurisdiction_id", "in", (False, country_id)),
                ("purpose_id.active", "=", True),
                ("purpose_id.purpose_class", "=" if is_service else "!=", "service"),
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
        purposes_sudo = self.env["consent.purpose"].sudo().union(*best).sorted()
        return self.sudo().union(*(best[purpose][1] for purpose in purposes_sudo))

    def _words(self, company, has_box=False):
        """Return the `Words` of this notice in the name of `company`, with a box if its purpose has one or at will."""
        self.ensure_one()
        notice_sudo = self.sudo()
        purpose_sudo = notice_sudo.purpose_id
        has_box = has_box or purpose_sudo.basis == "consent" or not notice_sudo.statement
        intro, label, details = notice_sudo._render(company, has_box)
        digest = words.hash_of(self.id, notice_sudo.lang, intro, label, details)
        names = (purpose_sudo.id, purpose_sudo.code, self.id, notice_sudo.lang)
        return Words(*names, intro, label, details, digest, has_box)

    def _render(self, company, has_box=True):
        """Return (intro, label, details) with every placeholder filled; without a box the label is the statement."""
        company_sudo = company.sudo()
        values = {
            "company": company_sudo.name,
            "term": format_unit(self.purpose_id.term_months, "duration-month", locale=self._locale()),
            "receivers": self._receivers(company_sudo),
            "phone": company_sudo.phone or company_sudo.email or company_sudo.name,
        }

        def fill(words):
            return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), (words or "").strip())

        return fill(self.intro), fill(self.label if has_box else self.statement), fill(self.details)

    def _locale(self):
        return (self.lang or "en_US").split("@")[0]

    def _receivers(self, company):
        """Return who else gets the number: made from what the shop uses, never a flat “nobody”."""
        known = self.env["res.lang"].sudo()._get_data(code=self.lang)
        company_sudo = company.sudo().with_context(lang=self.lang if known else "en_US")
        provider = company_sudo.sms_provider
        names = [RECEIVERS[provider]] if provider in RECEIVERS else []
        if provider and provider not in RECEIVERS and provider != "sandbox":
            names.append(dict(company_sudo._fields["sms_provider"]._description_selection(company_sudo.env))[provider])
        needed = company_sudo._needs_phone_sudo()
        names = list(dict.fromkeys([*names, *needed]))
        # Not through the environment: a notice may speak a language that the shop has not installed yet.
        return ", ".join(names) or NOBODY._translate(self.lang or "en_US")
