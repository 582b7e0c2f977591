from odoo import api, models
from odoo.tools import SQL

SUMMARIES = [
    ("yes", "Agreed"),
    ("code", "Waits for the code"),
    ("minor", "Under age"),
    ("no", "Said no"),
    ("open", "Not asked"),
]
GIVEN = ("granted", "shown")


class ConsentStatus(models.Model):
    """What a list shows of each customer at a glance: one query for the page, and no number is opened for it."""

    _inherit = "consent.status"

    def _held(self):
        """Return what keeps this yes for the present number from counting: "minor", "code", or None if nothing does."""
        if self.kind not in GIVEN or not self.is_current or self.is_allowed:
            return None
        is_minor = self.purpose_id.purpose_class == "marketing" and self.partner_id._is_minor_sudo()
        return "minor" if is_minor else "code"

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
                SELECT k.partner_id,
                       k.company_id,
                       count(s.id),
                       array_agg(s.purpose_id) FILTER (WHERE s.is_allowed),
                       bool_or(s.kind IN %(given)s AND NOT s.is_allowed AND NOT minor.is_minor),
                       bool_or(s.kind IN %(given)s AND NOT s.is_allowed AND minor.is_minor)
                  FROM unnest(%(partners)s::int[], %(companies)s::int[]) k (partner_id, company_id)
                  JOIN res_partner p ON p.id = k.partner_id AND p.phone IS NOT NULL
             LEFT JOIN (SELECT * FROM (%(status)s) q WHERE q.partner_id = ANY(%(partners)s) AND q.is_current) s
                    ON s.partner_id = k.partner_id AND s.company_id = k.company_id
             LEFT JOIN consent_purpose purpose ON purpose.id = s.purpose_id
             LEFT JOIN res_partner whole ON whole.id = p.commercial_partner_id
            CROSS JOIN LATERAL (
                SELECT purpose.purpose_class = 'marketing' AND COALESCE(p.is_minor OR whole.is_minor, FALSE) AS is_minor
                ) minor
              GROUP BY k.partner_id, k.company_id
                """,
                partners=partners,
                companies=companies,
                given=GIVEN,
                status=self._table_query,
            )
        )
        summaries = {}
        for partner, company, count, allowed, waits, is_minor in self.env.cr.fetchall():
            held = "code" if waits else "minor" if is_minor else None
            summary = "yes" if allowed else held or ("no" if count else "open")
            summaries[partner, company] = (summary, allowed or [])
        return summaries
