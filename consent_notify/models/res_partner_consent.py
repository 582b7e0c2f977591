from odoo import api, fields, models

from .consent_status_summary import SUMMARIES


class ResPartner(models.Model):
    _inherit = "res.partner"

    consent_count = fields.Integer(
        "Consents",
        compute="_compute_consent_summary",
        groups="consent_notify.group_user",
        help="Uses this customer allows.",
    )
    consent_summary = fields.Selection(
        SUMMARIES,
        "Consent",
        compute="_compute_consent_summary",
        groups="consent_notify.group_user",
        help="Whether the number on the contact may be used, and for anything at all.",
    )

    consent_badges = fields.Json(compute="_compute_consent_badges", groups="consent_notify.group_user")

    @api.depends("phone")
    @api.depends_context("company", "lang", "uid")
    def _compute_consent_badges(self):
        company = self.env.company.id
        badges = self.env["consent.status"]._badges((partner_id, company) for partner_id in self._origin.ids)
        for partner in self:
            partner_id = partner._origin.id
            partner.consent_badges = {"partner_id": partner_id, "badges": badges.get((partner_id, company), [])}

    @api.depends_context("company")
    @api.depends("phone")
    def _compute_consent_summary(self):
        company = self.env.company.id
        found = self.env["consent.status"]._summaries_sudo((partner, company) for partner in self._origin.ids)
        for partner in self:
            summary, allowed = found.get((partner._origin.id, company), (False, []))
            partner.consent_summary, partner.consent_count = summary, len(allowed)

    def action_view_consents(self):
        """Open this customer's answers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("consent_notify.consent_status_action_partner")
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {"search_default_current": 1}}
