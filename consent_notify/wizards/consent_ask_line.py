from odoo import api, fields, models

from ..models.consent_event import KINDS


class ConsentAskLine(models.TransientModel):
    """One use that is asked about, and what the customer said to it."""

    _name = "consent.ask.line"
    _description = "Use Asked About"
    _order = "id"

    ask_id = fields.Many2one("consent.ask", required=True, readonly=True, ondelete="cascade")
    purpose_id = fields.Many2one("consent.purpose", required=True, readonly=True)
    standing = fields.Selection(KINDS, "Until now", readonly=True)
    label = fields.Text("Words", compute="_compute_label")
    text_code = fields.Char("Words' Code", compute="_compute_label")
    sha256 = fields.Char(readonly=True)
    # No default: yes, no and no answer weigh the same.
    answer = fields.Selection(
        [("granted", "Yes"), ("refused", "No"), ("none", "Did not answer"), ("withdrawn", "Told us to stop")]
    )

    @api.depends("purpose_id", "ask_id.lang")
    def _compute_label(self):
        for line in self:
            words = {word.purpose_id: word for word in line.ask_id._words()} if line.ask_id else {}
            found = words.get(line.purpose_id.id)
            line.label = found.label if found else False
            line.text_code = found.sha256[:6].upper() if found else False
