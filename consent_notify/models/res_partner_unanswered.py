from odoo import api, fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    consent_unanswered = fields.Boolean(
        "Number without an Answer",
        compute="_compute_consent_unanswered",
        search="_search_consent_unanswered",
        groups="consent_notify.group_user",
        help="Customers who ordered and left a number, but were never asked what it may be used for.",
    )

    @api.depends_context("company")
    def _compute_consent_unanswered(self):
        unanswered = self.search([("id", "in", self.ids), ("consent_unanswered", "=", True)])
        for partner in self:
            partner.consent_unanswered = partner._origin in unanswered

    @api.model
    def _search_consent_unanswered(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        # Which the search knows nothing of.
        self.flush_model(["phone", "phone_sanitized"])
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state"])
        return [("id", "in", SQL("(%s)", self._unanswered_sql()))]

    @api.model
    def _unanswered_sql(self):
        """Return the SELECT of partners who ordered from this company and answered nothing for their present number."""
        company = self.env.company
        return SQL(
            """
            SELECT p.id
              FROM res_partner p
         LEFT JOIN phone_vault clean ON clean.token = p.phone_sanitized
         LEFT JOIN phone_vault typed ON typed.token = p.phone
             WHERE p.phone IS NOT NULL
               AND EXISTS (SELECT FROM sale_order o
                            WHERE o.partner_id = p.id AND o.company_id = %(company)s AND o.state IN ('sent', 'sale'))
               AND NOT EXISTS (SELECT FROM consent_subject s
                                 JOIN consent_event e ON e.subject_ref = s.id
                                WHERE s.partner_id = p.id AND s.company_id = %(company)s
                                  AND s.number_digest = COALESCE(clean.number_digest, typed.number_digest)
                                  AND e.kind IN ('granted', 'refused', 'withdrawn', 'expired'))
            """,
            company=company.id,
        )
