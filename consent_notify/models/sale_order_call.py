from odoo import models

from odoo.addons.base.models.res_users import check_identity


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @check_identity
    def action_call(self):
        """Open the dialog of the call; asks for the password if that was over ten minutes ago."""
        self.ensure_one()
        door = self.env["phone.door"]
        order = door._callable_order(self.id)
        return {
            "type": "ir.actions.client",
            "tag": "consent_notify.call",
            "target": "new",
            "params": door._call_params(order),
        }
