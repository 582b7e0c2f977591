import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

PLACEHOLDER = re.compile(r"\{(\w*)\}")
KNOWN = {"company", "term", "receivers", "phone"}
WORDS = ("intro", "label", "statement", "details")
# What makes a published notice that notice; the rest (`active`) may change.
FROZEN = {"purpose_id", "company_id", "website_id", "lang", "jurisdiction_id", "version", "state", *WORDS}


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
    jurisdiction_id = fields.Many2one("res.country", help="Empty: for customers of every country.")
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
    preview = fields.Text("As customers see it", compute="_compute_preview")

    @api.model
    def _selection_lang(self):
        # Also languages not installed yet: their words are ready when the shop adds them.
        return [(lang.code, lang.name) for lang in self.env["res.lang"].with_context(active_test=False).search([])]

    @api.depends("purpose_id.name", "lang", "version", "state")
    def _compute_display_name(self):
        for notice in self:
            version = self.env._("v%(number)s", number=notice.version) if notice.version else self.env._("draft")
            notice.display_name = f"{notice.purpose_id.name or ''} · {notice.lang or ''} · {version}"

    @api.depends(*WORDS, "lang", "purpose_id.term_months", "purpose_id.basis", "company_id")
    @api.depends_context("company")
    def _compute_preview(self):
        for notice in self:
            company = notice.company_id or self.env.company
            has_box = notice.purpose_id.basis != "contract"
            intro, label, details = notice._render(company, has_box) if notice.purpose_id else ("", "", "")
            notice.preview = f"{intro}\n\n{'☐ ' if has_box else ''}{label}\n\n{details}"

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
            super(ConsentNotice, notice).write({"version": notice._next_version(), "state": "published"})
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if any(notice.state == "published" for notice in self):
            raise UserError(self.env._("Customers saw these words, so they stay: archive the notice instead."))

    # ------------------------------------------------------------ buttons

    def action_publish(self):
        """Show these words from now on; they can never be changed again."""
        self.filtered(lambda notice: notice.state == "draft").write({"state": "published"})

    def _next_version(self):
        """Return the number that this draft gets; refuse one without the words that its purpose needs."""
        if self.purpose_id.basis == "contract" and not self.statement:
            raise UserError(self.env._("This purpose rests on the contract: write what is shown in place of the box."))
        last = self.with_context(active_test=False).search(
            [
                ("state", "=", "published"),
                *((name, "=", self[name].id) for name in ("purpose_id", "company_id", "website_id")),
                ("jurisdiction_id", "=", self.jurisdiction_id.id),
                ("lang", "=", self.lang),
            ],
            order="version desc",
            limit=1,
        )
        return last.version + 1

    def action_new_version(self):
        """Open a draft with the same words."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.copy().id,
            "views": [(False, "form")],
        }
