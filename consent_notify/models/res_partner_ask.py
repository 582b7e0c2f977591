from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    consent_to_confirm = fields.Boolean(
        "Waits for the Code", compute="_compute_consent_to_confirm", groups="consent_notify.group_user"
    )

    def action_consent_ask(self):
        """Open the words to read out to this customer, with a place for the answers."""
        self.ensure_one()
        return self.env["consent.ask"]._open(self)

    @api.depends("phone")
    @api.depends_context("company")
    def _compute_consent_to_confirm(self):
        waiting = self.env["consent.code"]._to_confirm_sudo(self._origin, self.env.company)
        for partner in self:
            partner.consent_to_confirm = partner._origin in waiting

    def action_consent_confirm(self):
        """Open the dialog in which staff type the code that the customer reads out."""
        self.ensure_one()
        return self.env["consent.confirm"]._open(self)

    def action_consent_ask_by_email(self):
        """Open an e-mail to these customers that asks for an answer on the privacy page: never by SMS."""
        template = self.env.ref("consent_notify.mail_template_consent_ask")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask by e-mail"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "mass_mail",
                "default_template_id": template.id,
            },
        }

    def _consent_paper(self):
        """Return what the form to sign says to this customer: words in their language, the number masked."""
        self.ensure_one()
        installed = dict(self.env["res.lang"].get_installed())
        lang = self.lang if self.lang in installed else self.env.lang or "en_US"
        company = self.env.company
        is_minor = self._is_minor_sudo()
        pairs = self.env["consent.notice"]._words_sudo(
            company, lang=lang, country=self.country_id, is_guardian=is_minor
        )
        no_offers = self.env["consent.purpose"]._marketing_ids() if is_minor else ()
        words = [shown for shown, _with_box in pairs if shown.purpose_id not in no_offers]
        return self._consent_paper_of(words, lang, company)

    def _consent_paper_of(self, words, lang, company):
        """Return what the template of the form is filled with.

        :param words: iterable of `Words`
        """
        told = [part for word in words for part in (word.document, word.details) if part]
        return {
            "lang": lang,
            "partner": self,
            "company": company.sudo(),  # sudo: its name and letterhead are public
            "phone": self._masked_phone(),
            "words": words,
            "intros": list(dict.fromkeys(word.intro for word in words)),
            "details": list(dict.fromkeys(told)),
        }
