from odoo import api, fields, models


class SaleOrder(models.Model):
    """Whom the order is about, as far as staff may know: the customer's number, masked, and what it is for."""

    _inherit = "sale.order"

    customer_phone = fields.Char(
        "Customer's Phone", related="partner_id.phone", readonly=True, groups="consent_notify.group_user"
    )
    consent_badges = fields.Json(compute="_compute_consent_badges", groups="consent_notify.group_user")

    @api.depends("partner_id.phone", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_consent_badges(self):
        whose = {order: (order.partner_id._origin.id, order.company_id.id) for order in self}
        badges = self.env["consent.status"]._badges(pair for pair in whose.values() if all(pair))
        for order, pair in whose.items():
            order.consent_badges = {"partner_id": pair[0], "badges": badges.get(pair, [])}
