from odoo import models


class IrEmbeddedActions(models.Model):
    _inherit = "ir.embedded.actions"

    def _compute_is_visible(self):
        for action in self:
            # It came with an earlier request than the one that has it evaluated.
            self.env["phone.door"]._note_sent(action.domain)
        return super()._compute_is_visible()
