from odoo import fields, models


class DeliveryCarrier(models.Model):
    _name = "delivery.carrier"
    _inherit = ["delivery.carrier", "consent.notice.source"]

    _told_fields = {"name", "active", "is_published", "website_published", "company_id", "needs_phone"}

    needs_phone = fields.Boolean(
        "Needs a Phone Number",
        help="Customers who choose this method are asked for a number on the delivery step, and only then.",
    )
