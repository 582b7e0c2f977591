import re

from odoo import api, fields, models

from ..tools.notice_words import missing
from ..tools.segments import measure
from ..tools.shown_token import BOX, TOLD
from .consent_notice import SCOPE, WORDS
from .website import Item

EXPRESSION = re.compile(r"\{\{\s*(.*?)\s*\}\}")
CODE = "Ab3dE5fG7hK"


class ConsentNotice(models.Model):
    """What the words look like where customers meet them, while somebody is still typing them."""

    _inherit = "consent.notice"

    preview = fields.Text("As customers read it", compute="_compute_preview")
    preview_html = fields.Html("As customers see it", compute="_compute_preview", sanitize=False)
    preview_document = fields.Text("The document", compute="_compute_preview")
    sms_sample = fields.Html("The text that follows", compute="_compute_sms_sample", sanitize=False)
    hints = fields.Text("Not told yet", compute="_compute_hints")

    @api.depends(*WORDS, *SCOPE, "purpose_id.term_months", "purpose_id.basis")
    @api.depends_context("company", "lang")
    def _compute_preview(self):
        for notice in self:
            notice.preview, notice.preview_html, notice.preview_document = "", False, ""
            if notice.purpose_id:
                notice._preview_into()

    def _preview_into(self):
        company, website = self._preview_company(), self.website_id
        has_box = self.purpose_id.basis != "contract"
        words = self._words(company, has_box, website)
        self.preview = f"{words.intro}\n\n{'☐ ' if has_box else ''}{words.label}\n\n{words.details}"
        self.preview_document = words.document
        country = self.jurisdiction_id or self.jurisdiction_group_id.country_ids[:1]
        # In the company of the other boxes, as at the checkout: the same words are shown once.
        shown = [self._preview_item(pair[0]) for pair in self._words_sudo(company, website, self.lang, country)]
        items = [self._preview_item(words) if item.words.code == words.code else item for item in shown]
        if self.purpose_id.purpose_class == "service" or all(item.words is not words for item in items):
            items = [self._preview_item(words)]
        installed = self.env["res.lang"]._get_data(code=self.lang)
        # The very template of the checkout, in the language of the words.
        template = self.env["ir.qweb"].with_context(lang=self.lang if installed else self.env.lang)
        self.preview_html = template._render(
            "consent_notify.consent_fieldset",
            {"consent_form": self.env["website"]._consent_form(company, items, "")},
        )

    def _preview_company(self):
        return self.company_id or self.website_id.company_id or self.env.company

    @api.model
    def _preview_item(self, words):
        return Item(words, BOX if words.has_box else TOLD)

    @api.depends("purpose_id", "lang", "company_id", "website_id")
    @api.depends_context("company", "lang")
    def _compute_sms_sample(self):
        stages = self.env["order.update.stage"].sudo()  # sudo: the words of a template that the manager chose
        for notice in self:
            notice.sms_sample = False
            if notice.purpose_id.code != "order_sms":
                continue
            company = notice._preview_company()
            installed = self.env["res.lang"]._get_data(code=notice.lang)
            stage = stages.with_context(lang=notice.lang if installed else self.env.lang)._for(company, "ready")
            if not stage.template_id:
                continue
            facts = self._facts_sudo(company, notice.website_id)
            order = stage.env["sale.order"].new({"company_id": company.id})
            known = {
                "object.company_id.name": company.name,
                "object.name": "S00042",
                "object.update_ready_words": order.update_ready_words,
            }
            text = EXPRESSION.sub(lambda match, known=known: known.get(match[1], ""), stage.template_id.body or "")
            text = text.replace("[link]", f"{facts.host}/u/{CODE}")
            places, segments = measure(text)
            values = {
                "sender": facts.sender or company._sms_senders(),
                "text": text,
                "size": self.env._(
                    "%(places)s characters, billed as %(segments)s SMS", places=places, segments=segments
                ),
            }
            notice.sms_sample = self.env["ir.qweb"]._render("consent_notify.sms_sample", values)

    @api.depends(*WORDS, "lang", "purpose_id")
    @api.depends_context("lang")
    def _compute_hints(self):
        names = self._hint_names()
        for notice in self:
            words = "\n".join(notice[word] or "" for word in WORDS)
            notice.hints = "\n".join(names[item] for item in missing(words, notice.lang or "en_US"))

    @api.model
    def _hint_names(self):
        """Return {item: one sentence} for what the words of a notice may leave out."""
        return {
            "who": self.env._("Who asks: {company}."),
            "example": self.env._("What for, with an example (“for example, when your order is ready”)."),
            "term": self.env._("How long the number is kept: {term}."),
            "protection": self.env._("How it is protected, for example that it is encrypted."),
            "receivers": self.env._("Who else receives it: {receivers}."),
            "sold": self.env._("That it is never sold."),
            "rights": self.env._("The customer's rights: to see, correct and erase it."),
            "withdraw": self.env._("How to stop."),
            "contact": self.env._("Whom to ask: {phone}."),
            "sender": self.env._("Which sender is genuine: {sender}."),
            "host": self.env._("On which host genuine links stand: {host}."),
        }
