from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    consent_count = fields.Integer(
        "Consents",
        compute="_compute_consent_count",
        groups="consent_notify.group_user",
        help="Uses this customer allows.",
    )

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
