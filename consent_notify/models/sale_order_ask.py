from odoo import api, fields, models

from .consent_status_summary import SUMMARIES


class SaleOrder(models.Model):
    """What the order's customer agreed to, and the ways to ask them."""

    _inherit = "sale.order"

    consent_summary = fields.Selection(
        SUMMARIES, "Consent", compute="_compute_consent_summary", groups="consent_notify.group_user"
    )
    consent_words = fields.Char(
        "May be Contacted for", compute="_compute_consent_summary", groups="consent_notify.group_user"
    )
    consent_count = fields.Integer("Consents", compute="_compute_consent_summary", groups="consent_notify.group_user")

    @api.depends("partner_id", "company_id")
    def _compute_consent_summary(self):
        keys = {order: (order.partner_id._origin.id, order.company_id.id) for order in self}
        found = self.env["consent.status"]._summaries_sudo(key for key in keys.values() if all(key))
        allowed = {purpose for _summary, purposes in found.values() for purpose in purposes}
        purposes = {purpose.id: purpose for purpose in self.env["consent.purpose"].browse(allowed)}
        for order, key in keys.items():
            summary, ids = found.get(key, (False, []))
            names = [purposes[purpose].name for purpose in sorted(ids, key=lambda id_: purposes[id_].sequence)]
            order.consent_summary, order.consent_count, order.consent_words = summary, len(ids), ", ".join(names)

    def action_consent_ask(self):
        """Open the words to read out to the order's customer, with a place for the answers."""
        self.ensure_one()
        return self.env["consent.ask"]._open(self.partner_id, self)

    def action_view_consents(self):
        """Open the answers of the order's customer."""
        self.ensure_one()
        return self.partner_id.action_view_consents()
