from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_consent_ask(self):
        """Open the words to read out to this customer, with a place for the answers."""
        self.ensure_one()
        return self.env["consent.ask"]._open(self)

    def _consent_paper(self):
        """Return what the form to sign says to this customer: words in their language, the number masked."""
        self.ensure_one()
        installed = dict(self.env["res.lang"].get_installed())
        lang = self.lang if self.lang in installed else self.env.lang or "en_US"
        company = self.env.company
        pairs = self.env["consent.notice"]._words_sudo(company, lang=lang, country=self.country_id)
        words = [shown for shown, _with_box in pairs]
        return {
            "lang": lang,
            "company": company.name,
            "phone": self._masked_phone(),
            "words": words,
            "intros": list(dict.fromkeys(word.intro for word in words)),
            "details": list(dict.fromkeys(word.details for word in words)),
        }
