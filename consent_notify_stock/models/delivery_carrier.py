from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    hands_over = fields.Boolean(
        "Validated Means Delivered",
        help="A validated transfer is in the customer's hands: your own courier validates it at the door. Otherwise it"
        " is on its way, and “Delivered” is set by hand or by an automated action of yours.",
    )
