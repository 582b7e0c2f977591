from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_consent_ask(self):
        """Open the words to read out to the order's customer, with a place for the answers."""
        self.ensure_one()
        return self.env["consent.ask"]._open(self.partner_id, self)
