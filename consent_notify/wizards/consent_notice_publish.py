from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.consent_notice import WORDS
from ..models.consent_notice_version import CHANGES
from ..tools.notice_words import diff_html


class ConsentNoticePublish(models.TransientModel):
    """Publishing words: the old and the new side by side, and whether the change is material."""

    _name = "consent.notice.publish"
    _description = "Publish Words"

    notice_id = fields.Many2one("consent.notice", required=True, readonly=True, ondelete="cascade")
    # No default: both answers weigh the same, and only a person can tell.
    change = fields.Selection(CHANGES, "What does the change do?")
    replaced_id = fields.Many2one("consent.notice", "Takes the Place of", compute="_compute_changes")
    changes = fields.Html(compute="_compute_changes", sanitize=False)

    @api.depends("notice_id")
    def _compute_changes(self):
        for wizard in self:
            notice = wizard.notice_id
            old = notice._published()[:1]
            rows = [(notice._fields[word]._description_string(self.env), old[word], notice[word]) for word in WORDS]
            rows = [(name, before or "", after or "") for name, before, after in rows]
            wizard.replaced_id = old
            # `diff_html` escapes the words; the names of the fields are escaped by `format`.
            wizard.changes = Markup().join(
                Markup("<h6>{}</h6><p>{}</p>").format(name, Markup(diff_html(before, after)))
                for name, before, after in rows
                if before != after
            )

    def action_publish(self):
        """Publish the words as said and show them."""
        self.ensure_one()
        if not self.change:
            raise UserError(self.env._("Say what the change does, then publish: customers are asked again or not."))
        self.notice_id.write({"state": "published", "change": self.change})
        return {
            "type": "ir.actions.act_window",
            "res_model": "consent.notice",
            "res_id": self.notice_id.id,
            "views": [(False, "form")],
        }
