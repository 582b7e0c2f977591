from odoo import models
from odoo.exceptions import ValidationError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _is_delivery_phone_missing(self):
        """Tell whether the chosen delivery needs a number that the delivery address does not have."""
        self.ensure_one()
        return self.carrier_id.asks_phone and not self.partner_shipping_id.phone

    def _check_cart_is_ready_to_be_paid(self):
        result = super()._check_cart_is_ready_to_be_paid()
        if self._is_delivery_phone_missing():
            raise ValidationError(
                self.env._("The chosen delivery needs a phone number: type one on the delivery step.")
            )
        return result
