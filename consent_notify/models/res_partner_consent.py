from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    consent_count = fields.Integer(
        "Consents",
        compute="_compute_consent_count",
        groups="consent_notify.group_user",
        help="Uses this customer allows.",
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
    def _compute_consent_count(self):
        counts = dict(
            self.env["consent.status"]._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "=", self.env.company.id),
                    ("is_allowed", "=", True),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.consent_count = counts.get(partner._origin, 0)
