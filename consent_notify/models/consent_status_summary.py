from odoo import api, models
from odoo.tools import SQL

SUMMARIES = [("yes", "Agreed"), ("no", "Said no"), ("open", "Not asked")]


class ConsentStatus(models.Model):
    """What a list shows of each customer at a glance: one query for the page, and no number is opened for it."""

    _inherit = "consent.status"

    @api.model
    def _summaries_sudo(self, pairs):
        """Return {(partner id, company id): (one of `SUMMARIES`, ids of allowed purposes)} of those with a number.

        By SQL, past the rules of this model: who may read a contact or order may know whether it may be used.

        :param pairs: iterable of (partner id, company id)
        """
        pairs = list(dict.fromkeys(pairs))
        if not pairs:
            return {}
        for name in self._depends:
            self.env[name].flush_model()
        partners, companies = map(list, zip(*pairs, strict=True))
        self.env.cr.execute(
            SQL(
                """
                SELECT k.partner_id, k.company_id, count(s.id), array_agg(s.purpose_id) FILTER (WHERE s.is_allowed)
                  FROM unnest(%(partners)s::int[], %(companies)s::int[]) k (partner_id, company_id)
                  JOIN res_partner p ON p.id = k.partner_id AND p.phone IS NOT NULL
             LEFT JOIN (SELECT * FROM (%(status)s) q WHERE q.partner_id = ANY(%(partners)s) AND q.is_current) s
                    ON s.partner_id = k.partner_id AND s.company_id = k.company_id
              GROUP BY k.partner_id, k.company_id
                """,
                partners=partners,
                companies=companies,
                status=self._table_query,
            )
        )
        return {
            (partner, company): ("yes" if allowed else "no" if count else "open", allowed or [])
            for partner, company, count, allowed in self.env.cr.fetchall()
        }
