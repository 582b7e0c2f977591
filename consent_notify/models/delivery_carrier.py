from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    needs_phone = fields.Boolean(
        "Needs a Phone Number",
        help="Customers who choose this method are asked for a number on the delivery step, and only then.",
    )
