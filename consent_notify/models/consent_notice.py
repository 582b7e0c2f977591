from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.notice_words import KNOWN, PLACEHOLDER, SCOPE, WORDS

# What makes a published notice that notice; the rest (`active`, where its rule stands) may change.
FROZEN = {*SCOPE, *WORDS, "version", "state", "change", "published_at", "sha256", "mac"}


class ConsentNotice(models.Model):
    """The words with which a shop asks: one purpose, one language, one version, immutable once published."""

    _name = "consent.notice"
    _description = "Consent Notice"
    _order = "purpose_id, lang, version desc, id desc"
    _check_company_auto = True

    purpose_id = fields.Many2one("consent.purpose", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    website_id = fields.Many2one("website", ondelete="restrict", help="Empty: for every website.", check_company=True)
    lang = fields.Selection("_selection_lang", "Language", required=True, default=lambda self: self.env.lang or "en_US")
    jurisdiction_id = fields.Many2one(
        "res.country", "Customers in", ondelete="restrict", help="Empty: for customers of every country."
    )
    jurisdiction_group_id = fields.Many2one(
        "res.country.group",
        "Customers in any of",
        ondelete="restrict",
        help="For customers of several countries with one law, such as the European Union.",
    )
    version = fields.Integer(readonly=True, copy=False, aggregator=None)
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published")], required=True, readonly=True, default="draft", copy=False
    )
    active = fields.Boolean(default=True)
    intro = fields.Text(required=True, help="Above the boxes. The same words for several purposes are shown once.")
    label = fields.Text("Box", required=True, help="Beside the box that the customer ticks for a yes.")
    statement = fields.Text(help="In place of the box, when the purpose rests on the contract.")
    details = fields.Text(
        required=True,
        help="Below the boxes: who asks, how long the number is kept, how it is protected, who receives it,"
        " the customer's rights and how to stop. The same words for several purposes are shown once.",
    )
    document = fields.Text(
        "Consent Document",
        help="Where the law wants the consent to be a document of its own, as in Russia: the box links to it.",
    )
    law_source = fields.Text("Rule", help="Which rule these words follow, and where it stands.")
    law_date = fields.Date("Rule as of", help="The day on which somebody last compared these words with the rule.")

    @api.model
    def _selection_lang(self):
        # Also languages not installed yet: their words are ready when the shop adds them.
        return [(lang.code, lang.name) for lang in self.env["res.lang"].with_context(active_test=False).search([])]

    @api.depends("purpose_id.name", "lang", "version", "state", "jurisdiction_id", "jurisdiction_group_id")
    def _compute_display_name(self):
        for notice in self:
            version = self.env._("v%(number)s", number=notice.version) if notice.version else self.env._("draft")
            where = notice.jurisdiction_id.name or notice.jurisdiction_group_id.name
            parts = [notice.purpose_id.name or "", notice.lang or "", *filter(None, [where]), version]
            notice.display_name = " · ".join(parts)

    @api.constrains(*WORDS, "purpose_id")
    def _check_words(self):
        for notice in self:
            used = {name for word in WORDS for name in PLACEHOLDER.findall(notice[word] or "")}
            if used - KNOWN:
                raise ValidationError(
                    self.env._(
                        "The words hold a placeholder that nothing fills: use only %(known)s.",
                        known=", ".join(f"{{{name}}}" for name in sorted(KNOWN)),
                    )
                )

    @api.constrains("jurisdiction_id", "jurisdiction_group_id")
    def _check_jurisdiction(self):
        if any(notice.jurisdiction_id and notice.jurisdiction_group_id for notice in self):
            raise ValidationError(
                self.env._("The words are for one country or for a group of countries: empty one of the two.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        notices = super().create([{**vals, "state": "draft"} for vals in vals_list])
        for notice, vals in zip(notices, vals_list, strict=True):
            if vals.get("state") == "published":
                notice.action_publish()
        return notices

    def write(self, vals):
        if FROZEN & vals.keys() and any(notice.state == "published" for notice in self):
            raise UserError(self.env._("Customers saw these words, so they stay: make a new version."))
        is_published = vals.get("state") == "published"
        result = super().write({name: value for name, value in vals.items() if name != "state" or not is_published})
        for notice in self if is_published else ():
            super(ConsentNotice, notice).write({**notice._publication(), "state": "published"})
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if any(notice.state == "published" for notice in self):
            raise UserError(self.env._("Customers saw these words, so they stay: archive the notice instead."))
