from odoo import api, fields, models


class DeliveryCarrier(models.Model):
    _name = "delivery.carrier"
    _inherit = ["delivery.carrier", "consent.notice.source", "consent.receiver"]

    _processor_kind = "courier"
    _told_fields = {"name", "active", "is_published", "website_published", "company_id", "needs_phone"}

    needs_phone = fields.Boolean(
        "Needs a Phone Number",
        help="Customers who choose this method are asked for a number on the delivery step, and only then.",
    )
    asks_phone = fields.Boolean(compute="_compute_asks_phone", compute_sudo=True)

    @api.depends("needs_phone", "consent_processor_id.state", "company_id")
    @api.depends_context("company")
    def _compute_asks_phone(self):
        for carrier in self:
            company = carrier.company_id or self.env.company
            carrier.asks_phone = carrier.needs_phone and carrier.consent_processor_id._is_in_force(company)
