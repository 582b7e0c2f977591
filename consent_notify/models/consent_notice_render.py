from collections import namedtuple

from odoo import api, models
from odoo.tools import ormcache

from ..tools.words import hash_of

# The words for one purpose as one visitor sees them, before anybody stored them.
Words = namedtuple(
    "Words",
    "purpose_id code notice_id lang intro label details sha256 has_box document renewal",
    defaults=("", None),
)


class ConsentNotice(models.Model):
    """Choosing and filling the words: read on every address form, so they cost no query once cached."""

    _inherit = "consent.notice"

    @api.model
    def _words_sudo(self, company, website=None, lang=None, country=None, is_service=False, is_guardian=False):
        """Return a tuple of (words, words with a box), one pair per purpose that is asked, in the purposes' order.

        The two differ where the purpose rests on the contract: whoever said no to it gets the box.
        With `is_service`: the words of what is not asked but told, where the customer does something that needs it.
        With `is_guardian`: the words with which a parent or guardian is asked.

        :param country: res.country whose law applies, for notices of one jurisdiction
        """
        lang = lang or self.env.lang or "en_US"
        ids = (company.id, website.id if website else False, country.id if country else False)
        # The facts are part of the key: when one of them changes, so do the words.
        facts = self._facts_sudo(company, website)
        return self._words_cached(*ids, lang, facts, company.sudo()._sms_processor(), is_service, is_guardian)

    @api.model
    @ormcache("company_id", "website_id", "country_id", "lang", "facts", "provider", "is_service", "is_guardian")
    def _words_cached(self, company_id, website_id, country_id, lang, facts, provider, is_service, is_guardian):
        company, website = self.env["res.company"].browse(company_id), self.env["website"].browse(website_id or ())
        notices_sudo = self._choose_sudo(company, website_id, country_id, lang, is_service)
        options = {"website": website, "is_guardian": is_guardian}
        return tuple(
            (notice._words(company, **options), notice._words(company, has_box=True, **options))
            for notice in notices_sudo
        )

    @api.model
    def _choose_sudo(self, company, website_id, country_id, lang, is_service):
        """Return the published notices that fit best, one for each purpose that customers are asked about, or told."""
        fallbacks = [lang, company.sudo().partner_id.lang, "en_US"]
        groups = self.env["res.country"].sudo().browse(country_id or ()).country_group_ids
        found = self.sudo().search(
            [
                ("state", "=", "published"),
                ("company_id", "in", (False, company.id)),
                ("website_id", "in", (False, website_id)),
                ("jurisdiction_id", "in", (False, country_id)),
                ("jurisdiction_group_id", "in", (False, *groups.ids)),
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
            law = 2 if notice.jurisdiction_id else 1 if notice.jurisdiction_group_id else 0
            rank = (-wanted, law, *map(bool, (notice.website_id, notice.company_id)), notice.version)
            if rank > best.get(notice.purpose_id, ((-9,), None))[0]:
                best[notice.purpose_id] = (rank, notice)
        purposes_sudo = self.env["consent.purpose"].sudo().union(*best).sorted()
        return self.browse().sudo().union(*(best[purpose][1] for purpose in purposes_sudo))

    def _words(self, company, has_box=False, website=None, is_guardian=False):
        """Return the `Words` of this notice in the name of `company`, with a box if its purpose has one or at will."""
        self.ensure_one()
        notice_sudo = self.sudo()  # sudo: visitors are shown the words and have no access of their own
        purpose_sudo = notice_sudo.purpose_id
        has_box = has_box or purpose_sudo.basis == "consent" or not notice_sudo.statement
        parts = notice_sudo._render(company, has_box, website, is_guardian)
        notice_id = self._origin.id or 0  # a draft that is being typed has none
        digest = hash_of(notice_id, notice_sudo.lang, *parts)
        *parts, document = parts
        names = (purpose_sudo.id, purpose_sudo.code, notice_id, notice_sudo.lang)
        renewal = notice_sudo._renewal() if self.state == "published" else None
        return Words(*names, *parts, digest, has_box, document, renewal)

    @api.model
    def _words_read_sudo(self, company, website, notice_id, sha):
        """Return the published `Words` with this hash, shown now or kept since somebody saw them; else None.

        :param int notice_id: of the notice that they are of
        """
        notice_sudo = self.sudo().browse(notice_id).exists().filtered(lambda notice: notice.state == "published")
        for has_box, is_guardian in ((False, False), (True, False), (False, True), (True, True)):
            words = notice_sudo._words(company, has_box, website, is_guardian) if notice_sudo else None
            if words and words.sha256 == sha:
                return words
        text_sudo = self.env["consent.notice.text"].sudo().search([("sha256", "=", sha)], limit=1)
        if not text_sudo or text_sudo.notice_id.id != notice_id:
            return None
        purpose = text_sudo.notice_id.purpose_id
        names = (purpose.id, purpose.code, notice_id, text_sudo.lang)
        parts = (text_sudo.intro, text_sudo.label, text_sudo.details, sha, True, text_sudo.document or "")
        return Words(*names, *parts)
