from collections import defaultdict, namedtuple

from odoo import models
from odoo.tools import SQL

from .consent_event import ANSWERS

Term = namedtuple("Term", "subject partner digest purpose is_yes is_no due")


class ConsentRetention(models.Model):
    """Which numbers are past their term."""

    _inherit = "consent.retention"

    def _terms(self, partners):
        """Return a `Term` for the latest answer of these customers to each purpose, by company and number.

        A term runs from the answer (an imported one: from the day it was given), or from the last order if that was
        later. It ended when it expired; a number that came back after that is kept for a term of its own. What rests on
        the contract needs no answer: having been told is its yes. A number given for a delivery has a term, too, and no
        yes.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH answer AS (
                    SELECT DISTINCT ON (s.partner_id, s.company_id, s.number_digest, e.purpose_id)
                           s.id AS subject_id, s.partner_id, s.number_digest, e.purpose_id, e.kind, %(given)s AS time,
                           e.kind = 'granted' OR e.kind = 'shown' AND purpose.basis = 'contract' AS is_yes,
                           make_interval(months => purpose.term_months) AS term
                      FROM consent_subject s
                      JOIN consent_event e ON e.subject_ref = s.id
                      JOIN consent_purpose purpose ON purpose.id = e.purpose_id
                     WHERE s.partner_id = ANY(%(partners)s)
                       AND s.number_digest IS NOT NULL
                       AND (e.kind IN %(answers)s OR e.kind = 'shown'
                                                          AND (purpose.basis = 'contract' AND %(told)s
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
                    %(ordered)s
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
                given=self.env["consent.event"]._given_sql("e"),
                told=self.env["consent.notice.text"]._is_told_sql("e"),
                ordered=self._ordered_sql(partners),
            )
        )
        return [Term(*row) for row in self.env.cr.fetchall()]

    def _ordered_sql(self, partners):
        """Return the query for (partner id, time) of the last order of each of these customers that has one."""
        return SQL(
            """
            SELECT named.partner_id, max(o.date_order) AS time
              FROM sale_order o
        CROSS JOIN LATERAL (VALUES (o.partner_id), (o.partner_invoice_id), (o.partner_shipping_id))
                   named (partner_id)
             WHERE o.state != 'cancel'
               AND named.partner_id = ANY(%(partners)s)
               AND (o.partner_id = ANY(%(partners)s) OR o.partner_invoice_id = ANY(%(partners)s)
                    OR o.partner_shipping_id = ANY(%(partners)s))
          GROUP BY named.partner_id
            """,
            partners=list(partners),
        )

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

    def _gone_with_their_contact(self, now):
        """Return the digests of numbers that deleted contacts gave, all of whose answers are past their term.

        Nobody's yes holds them; a text to the bare number may still bear one, and goes out first.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT s.number_digest
                  FROM consent_subject s
                  JOIN consent_event e ON e.subject_ref = s.id
                  JOIN consent_purpose purpose ON purpose.id = e.purpose_id
                 WHERE s.partner_id IS NULL
                   AND EXISTS (SELECT FROM phone_vault v WHERE v.number_digest = s.number_digest)
                   AND NOT EXISTS (SELECT FROM phone_vault v JOIN sms_sms t ON t.number = v.token
                                    WHERE v.number_digest = s.number_digest AND t.state IN ('outgoing', 'process'))
              GROUP BY s.number_digest
                HAVING max(%(given)s + make_interval(months => purpose.term_months)) <= %(now)s
                """,
                given=self.env["consent.event"]._given_sql("e"),
                now=now,
            )
        )
        return [digest for (digest,) in self.env.cr.fetchall()]
