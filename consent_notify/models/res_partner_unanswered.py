from odoo import api, fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    consent_unanswered = fields.Boolean(
        "Number without an Answer",
        compute="_compute_consent_unanswered",
        search="_search_consent_unanswered",
        groups="consent_notify.group_user",
        help="Customers and addresses of orders with a number, but never asked what it may be used for.",
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
        self.flush_model()  # the search knows nothing of what the SQL reads
        self.env["sale.order"].flush_model(
            ["partner_id", "partner_shipping_id", "partner_invoice_id", "company_id", "state"]
        )
        return [("id", "in", SQL("(%s)", self._unanswered_sql()))]

    @api.model
    def _unanswered_sql(self):
        """Return the SELECT of this company's customers who answered nothing for their present number.

        Customers ordered, or are an address of an order, or are kept as customers (imported, say) who never ordered
        from another company; neither suppliers nor our own people are any.
        """
        company = self.env.company
        is_kept = SQL("p.customer_rank > 0") if "customer_rank" in self._fields else SQL("FALSE")
        return SQL(
            """
            SELECT p.id
              FROM res_partner p
         LEFT JOIN phone_vault clean ON clean.token = p.phone_sanitized
         LEFT JOIN phone_vault typed ON typed.token = p.phone
             WHERE p.phone IS NOT NULL
               AND (p.company_id IS NULL OR p.company_id = %(company)s)
               AND (%(is_kept)s
                AND NOT EXISTS (SELECT FROM sale_order o
                                 WHERE o.partner_id = p.id AND o.company_id <> %(company)s
                                   AND o.state IN ('sent', 'sale'))
                 OR p.id IN (SELECT unnest(ARRAY[o.partner_id, o.partner_shipping_id, o.partner_invoice_id])
                               FROM sale_order o
                              WHERE o.company_id = %(company)s AND o.state IN ('sent', 'sale')))
               AND NOT (%(ours)s)
               AND NOT EXISTS (SELECT FROM consent_subject s
                                 JOIN consent_event e ON e.subject_ref = s.id
                                WHERE s.partner_id = p.id AND s.company_id = %(company)s
                                  AND s.number_digest = COALESCE(clean.number_digest, typed.number_digest)
                                  AND e.kind IN ('granted', 'refused', 'withdrawn', 'expired'))
            """,
            company=company.id,
            is_kept=is_kept,
            ours=self._ours_sql("p"),
        )
