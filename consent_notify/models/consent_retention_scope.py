from collections import defaultdict, namedtuple

from odoo import models
from odoo.tools import SQL

from .consent_event import ANSWERS

# Forgetting a number here would forget that it must not be texted.
KEPT_MODELS = {"phone.blacklist"}

Term = namedtuple("Term", "subject partner digest purpose is_yes is_no due")


class Column(namedtuple("Column", "table column owner is_person")):
    """A sealed column; `owner` names the column of the contact a row is about, `is_person` rows are a person's own."""

    def names(self):
        """Return the identifiers for a query."""
        owner = SQL.identifier(self.owner) if self.owner else None
        return {"table": SQL.identifier(self.table), "column": SQL.identifier(self.column), "owner": owner}


class ConsentRetention(models.Model):
    """Which numbers are past their term, and where they stand."""

    _inherit = "consent.retention"

    # ------------------------------------------------------------ terms

    def _terms(self, partners):
        """Return a `Term` for the latest answer of these customers to each purpose, by company and number.

        A term runs from the answer, or from the last order if that was later. It ended when it expired; a number
        that came back after that is kept for a term of its own. What rests on the contract needs no answer: having
        been told is its yes. A number given for a delivery has a term, too, and no yes.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH answer AS (
                    SELECT DISTINCT ON (s.partner_id, s.company_id, s.number_digest, e.purpose_id)
                           s.id AS subject_id, s.partner_id, s.number_digest, e.purpose_id, e.kind, e.time,
                           e.kind = 'granted' OR e.kind = 'shown' AND purpose.basis = 'contract' AS is_yes,
                           make_interval(months => purpose.term_months) AS term
                      FROM consent_subject s
                      JOIN consent_event e ON e.subject_ref = s.id
                      JOIN consent_purpose purpose ON purpose.id = e.purpose_id
                     WHERE s.partner_id = ANY(%(partners)s)
                       AND s.number_digest IS NOT NULL
                       AND (e.kind IN %(answers)s OR e.kind = 'shown'
                                                          AND (purpose.basis = 'contract'
                                                               OR purpose.purpose_class = 'service'))
                  ORDER BY s.partner_id, s.company_id, s.number_digest, e.purpose_id,
                           purpose.basis = 'contract' AND e.kind IN ('refused', 'withdrawn') DESC, e.id DESC
                ), present AS (
                    SELECT p.id AS partner_id, v.number_digest, max(v.create_date) AS sealed
                      FROM res_partner p
                CROSS JOIN LATERAL (VALUES (p.phone), (p.phone_sanitized)) bears (token)
                      JOIN phone_vault v ON v.token = bears.token
                     WHERE p.id = ANY(%(partners)s)
                  GROUP BY p.id, v.number_digest
                ), back AS (
                    SELECT present.partner_id, present.number_digest, present.sealed AS time
                      FROM present JOIN answer USING (partner_id, number_digest)
                     WHERE answer.kind = 'expired'
                  GROUP BY present.partner_id, present.number_digest, present.sealed
                    HAVING present.sealed > max(answer.time)
                ), ordered AS (
                    SELECT named.partner_id, max(o.date_order) AS time
                      FROM sale_order o
                CROSS JOIN LATERAL (VALUES (o.partner_id), (o.partner_invoice_id), (o.partner_shipping_id))
                           named (partner_id)
                     WHERE o.state != 'cancel'
                       AND named.partner_id = ANY(%(partners)s)
                       AND (o.partner_id = ANY(%(partners)s) OR o.partner_invoice_id = ANY(%(partners)s)
                            OR o.partner_shipping_id = ANY(%(partners)s))
                  GROUP BY named.partner_id
                )
                SELECT answer.subject_id, answer.partner_id, answer.number_digest, answer.purpose_id,
                       answer.is_yes,
                       answer.kind IN ('refused', 'withdrawn'),
                       CASE answer.kind
                            WHEN 'expired' THEN GREATEST(answer.time, GREATEST(last.time, back.time) + answer.term)
                            WHEN 'refused' THEN GREATEST(answer.time, last.time, back.time) + answer.term
                            WHEN 'withdrawn' THEN GREATEST(answer.time, last.time, back.time) + answer.term
                            ELSE GREATEST(answer.time, last.time) + answer.term
                       END
                  FROM answer
             LEFT JOIN present USING (partner_id, number_digest)
             LEFT JOIN back USING (partner_id, number_digest)
             LEFT JOIN ordered last ON last.partner_id = present.partner_id
                """,
                partners=partners,
                answers=ANSWERS,
            )
        )
        return [Term(*row) for row in self.env.cr.fetchall()]

    def _past_their_term(self, terms, now):
        """Return the (partner id, number digest) pairs that no purpose holds any more.

        A yes holds the number for its term. Where all was refused, the shortest of those terms counts: it was kept
        for the order only.
        """
        by_number = defaultdict(list)
        for term in terms:
            by_number[term.partner, term.digest].append(term)
        past = []
        for number, own in by_number.items():
            yes = [term.due for term in own if term.is_yes]
            no = [term.due for term in own if term.is_no]
            due = max(yes) if yes else min(no) if no else max(term.due for term in own)
            if due <= now:
                past.append(number)
        return past

    # ------------------------------------------------------------ columns

    def _columns(self):
        """Return every sealed `Column` from which numbers are taken."""
        columns = []
        for name in sorted(self.env.registry):
            model = self.env[name]
            if not model._auto or model._abstract or name in KEPT_MODELS:
                continue
            owner = self._owner_column(model)
            is_person = "phone_sanitized" in model._fields
            columns += [Column(model._table, field.name, owner, is_person) for field in model._sealed_fields()]
        return columns

    def _owner_column(self, model):
        """Return the column that names the contact whose number a row of `model` bears, or None."""
        if model._name == "res.partner":
            return "id"
        fields_to_partner = [
            field.name
            for field in model._fields.values()
            if field.type == "many2one" and field.store and field.comodel_name == "res.partner"
        ]
        for name in ("res_partner_id", "partner_id"):
            if name in fields_to_partner:
                return name
        return fields_to_partner[0] if len(fields_to_partner) == 1 else None

    def _pairs(self, numbers):
        partners, digests = zip(*numbers, strict=True)
        return SQL("unnest(%s::int[], %s::varchar[]) d (partner_id, number_digest)", list(partners), list(digests))

    def _borne(self, numbers):
        """Return those of the pairs whose number still stands somewhere as that contact's."""
        if not numbers:
            return []
        stands = SQL(" OR ").join(
            SQL(
                "EXISTS (SELECT FROM phone_vault v JOIN %(table)s t ON t.%(column)s = v.token"
                " WHERE v.number_digest = d.number_digest AND t.%(owner)s = d.partner_id)",
                **column.names(),
            )
            for column in self._columns()
            if column.owner
        )
        self.env.cr.execute(SQL("SELECT d.partner_id, d.number_digest FROM %s WHERE %s", self._pairs(numbers), stands))
        return self.env.cr.fetchall()

    def _with_addresses(self, numbers):
        """Return the pairs and those of the customer's own addresses that bear the same number and never answered."""
        if not numbers:
            return []
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT a.id, d.number_digest
                  FROM %s
                  JOIN res_partner a ON a.parent_id = d.partner_id AND a.type != 'contact'
                  JOIN phone_vault v ON v.number_digest = d.number_digest AND v.token IN (a.phone, a.phone_sanitized)
                 WHERE NOT EXISTS (SELECT FROM consent_subject s
                                    WHERE s.partner_id = a.id AND s.number_digest = d.number_digest)
                """,
                self._pairs(numbers),
            )
        )
        return [*numbers, *self.env.cr.fetchall()]

    def _unheld(self, digests):
        """Return those of the digests whose number no person's record bears any more."""
        held = SQL(" OR ").join(
            SQL("EXISTS (SELECT FROM %(table)s t WHERE t.%(column)s = v.token)", **column.names())
            for column in self._columns()
            if column.is_person
        )
        self.env.cr.execute(
            SQL(
                "SELECT number_digest FROM phone_vault v WHERE number_digest = ANY(%s)"
                " GROUP BY number_digest HAVING NOT bool_or(%s)",
                list(digests),
                held,
            )
        )
        return [digest for (digest,) in self.env.cr.fetchall()]
