from collections import namedtuple

from babel.units import format_unit

from odoo import api, models
from odoo.tools.translate import LazyTranslate

from ..tools.link import without_scheme
from ..tools.notice_words import fill
from ..tools.sms_api import NAMES

_lt = LazyTranslate(__name__)
NOBODY = _lt("no one yet, texts are in test mode")
GUARDIAN = _lt("The answers are given by a parent or guardian.")
# A reply is promised only where one can arrive: a sender's name cannot be written to.
STOP_LINK = _lt("the link in any text")
STOP_REPLY = _lt("reply STOP to any text (HELP for help), or the link in it")
# What the shop says of itself. A plain tuple of texts, so that it can stand in the key of a cache.
Facts = namedtuple("Facts", "company address phone sender host")


class ConsentNotice(models.Model):
    """What the placeholders are filled with: read from where the shop keeps it, never written into the words."""

    _inherit = "consent.notice"

    @api.model
    def _facts_sudo(self, company, website=None):
        """Return the `Facts` of a company; the host is that of `website`, else of the company's own."""
        company_sudo = company.sudo()
        partner_sudo = company_sudo.partner_id
        address = (partner_sudo.zip, partner_sudo.city, partner_sudo.street, partner_sudo.street2)
        contact = company_sudo.phone or company_sudo.email or company_sudo.name
        record = website or company_sudo.website_id or company_sudo
        return Facts(
            company_sudo.name,
            ", ".join(filter(None, address)) or contact,
            contact,
            company_sudo.consent_sender,
            without_scheme(record.sudo().get_base_url()),
        )

    def _render(self, company, has_box=True, website=None, is_guardian=False):
        """Return (intro, label, details, document) with every placeholder filled.

        Without a box the label is the statement, and there is no document to agree to.
        """
        company_sudo = company.sudo()  # sudo: what the shop says of itself is public
        facts = self._facts_sudo(company, website)
        values = {
            **facts._asdict(),
            "sender": facts.sender or company_sudo._sms_senders(),
            "term": format_unit(self.purpose_id.term_months or 1, "duration-month", locale=self._locale()),
            "receivers": self._receivers(company_sudo),
            "stop": (STOP_REPLY if company_sudo._takes_replies() else STOP_LINK)._translate(self.lang or "en_US"),
        }
        words = (self.intro, self.label if has_box else self.statement, self.details, has_box and self.document)
        intro, *others = (fill(word, values) for word in words)
        if is_guardian:
            # Not through the environment: a notice may speak a language that the shop has not installed yet.
            intro = f"{intro} {GUARDIAN._translate(self.lang or 'en_US')}"
        return intro, *others

    def _locale(self):
        return (self.lang or "en_US").split("@")[0]

    def _receivers(self, company):
        """Return who else gets the number: made from what the shop uses, never a flat “nobody”."""
        known = self.env["res.lang"]._get_data(code=self.lang)
        # sudo: as above
        company_sudo = company.sudo().with_context(lang=self.lang if known else "en_US")
        provider = company_sudo.sms_provider
        names = [company_sudo._sms_processor()] if provider in (*NAMES, "http") else []
        if provider and provider not in (*NAMES, "http", "sandbox"):
            names.append(dict(company_sudo._fields["sms_provider"]._description_selection(company_sudo.env))[provider])
        needed = company_sudo._needs_phone_sudo()
        names = list(dict.fromkeys([*names, *needed]))
        return ", ".join(names) or NOBODY._translate(self.lang or "en_US")
