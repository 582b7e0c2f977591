from odoo import api, models
from odoo.tools import SQL

from .consent_event import ANSWERS
from .consent_status import REASONS, UNCONFIRMED

NOES = ("refused", "withdrawn", "expired")


class ConsentStatus(models.Model):
    """The gate's question: may this number be used for that?"""

    _inherit = "consent.status"

    @api.model
    def _call_verdict(self, company, partner, digest):
        """Return None if this person lets `company` call the number of this digest about orders, else why not."""
        key = (company.id, partner.id, digest, self.env["consent.purpose"]._by_code("order_call").id)
        return self._verdicts([key])[key]

    @api.model
    def _verdicts(self, keys):
        """Tell for each key whether the number may be used: {key: None if it may, else the reason}.

        One query for any number of keys.

        :param keys: iterable of (company id, partner id or 0, number digest or None, purpose id); 0 asks for whoever
            gave this number to the company
        """
        keys = list(dict.fromkeys(keys))
        if not keys:
            return {}
        for name in ("consent.event", "consent.subject", "consent.purpose", "consent.notice", "res.company"):
            self.env[name].flush_model()
        self.env["res.partner"].flush_model(["is_minor", "commercial_partner_id"])
        companies, partners, digests, purposes = map(list, zip(*keys, strict=True))
        self.env.cr.execute(
            SQL(
                """
                SELECT k.position, purpose.purpose_class, purpose.basis, answer.kind, shown.id IS NOT NULL,
                       purpose.purpose_class = 'marketing' AND %(minor)s, %(unconfirmed)s
                  FROM unnest(%(companies)s::int[], %(partners)s::int[], %(digests)s::varchar[], %(purposes)s::int[])
                       WITH ORDINALITY k (company_id, partner_id, digest, purpose_id, position)
                  JOIN consent_purpose purpose ON purpose.id = k.purpose_id
                  JOIN res_company company ON company.id = k.company_id
             LEFT JOIN LATERAL (%(answer)s) answer ON TRUE
             LEFT JOIN LATERAL (%(shown)s) shown ON purpose.basis = 'contract' AND answer.kind IS NULL
                """,
                companies=companies,
                partners=[partner or 0 for partner in partners],
                digests=[digest or None for digest in digests],
                purposes=purposes,
                answer=self._latest_sql(ANSWERS),
                shown=self._latest_sql(("shown",), self.env["consent.notice.text"]._is_told_sql("e")),
                minor=self._minor_sql(),
                unconfirmed=self._unconfirmed_sql(
                    SQL("purpose.channel"),
                    SQL(
                        "s.company_id = k.company_id AND s.number_digest = k.digest"
                        " AND s.partner_id IS NOT NULL AND k.partner_id IN (0, s.partner_id)"
                    ),
                ),
            )
        )
        verdicts = dict.fromkeys(keys, REASONS[None])
        for position, purpose_class, basis, kind, shown, is_minor, unconfirmed in self.env.cr.fetchall():
            verdict = "minor" if is_minor else self._verdict(purpose_class, basis, kind, shown)
            if verdict is None and unconfirmed and purpose_class != "service":
                verdict = UNCONFIRMED
            verdicts[keys[position - 1]] = verdict
        return verdicts

    @api.model
    def _latest_sql(self, kinds, condition=None):
        """Return the query for the latest event `e` of these kinds that the key `k` is about.

        The yes of a contact that was deleted is nobody's any more; a no is still about the number.
        """
        return SQL(
            """
            SELECT e.id, e.kind
              FROM consent_subject s
              JOIN consent_event e ON e.subject_ref = s.id AND e.purpose_id = k.purpose_id
             WHERE s.company_id = k.company_id
               AND s.number_digest = k.digest
               AND k.partner_id IN (0, s.partner_id)
               AND (s.partner_id IS NOT NULL OR e.kind IN %s)
               AND e.kind IN %s
               AND %s
          ORDER BY e.id DESC
             LIMIT 1
            """,
            NOES,
            kinds,
            condition or SQL("TRUE"),
        )

    @api.model
    def _minor_sql(self):
        """Return the condition that the key's customer is under age; of a bare number, anyone who gave it."""
        return SQL(
            """
            EXISTS (SELECT
                      FROM res_partner p
                 LEFT JOIN res_partner whole ON whole.id = p.commercial_partner_id
                     WHERE (p.is_minor OR whole.is_minor)
                       AND (p.id = k.partner_id
                         OR k.partner_id = 0
                        AND p.id IN (SELECT s.partner_id
                                       FROM consent_subject s
                                      WHERE s.company_id = k.company_id AND s.number_digest = k.digest)))
            """
        )

    @api.model
    def _verdict(self, purpose_class, basis, kind, shown):
        if kind == "granted" or purpose_class == "service":
            return None
        if kind is None and basis == "contract" and shown:
            return None
        return REASONS[kind]
