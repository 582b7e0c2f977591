from odoo import models
from odoo.http import request


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        if request and not self.env.user._is_internal():
            # Placed at the website: the page that thanks for the order asks for the code.
            for order in self.filtered("website_id"):
                # A payment provider that reports a payment asks from its own network, not from the customer's.
                own = order.id in (request.session.get("sale_order_id"), request.session.get("sale_last_order_id"))
                address = request.httprequest.remote_addr if own else None
                self.env["consent.code"]._send_sudo(order._customers(), order.company_id, address)
        return result

    def _customers(self):
        """Return the contacts of this order whose numbers may have been given with it."""
        return self.partner_id | self.partner_invoice_id | self.partner_shipping_id
