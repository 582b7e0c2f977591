from odoo import fields, models

from ..models.consent_event import KINDS


class ConsentImportLine(models.TransientModel):
    """What became of one row of the file. Never what stands in its cells: one of them may be a number."""

    _name = "consent.import.line"
    _description = "Row of an Import of Answers"
    _order = "position, id"
    _transient_max_hours = 1.0

    import_id = fields.Many2one("consent.import", required=True, readonly=True, index=True, ondelete="cascade")
    position = fields.Integer("Line", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    purpose_id = fields.Many2one("consent.purpose", readonly=True)
    answer = fields.Selection(KINDS, readonly=True)
    date = fields.Date(readonly=True)
    reason = fields.Char("Refused Because", readonly=True)
