from odoo import api, models
from odoo.tools import SQL

from .consent_event import ANSWERS

ENDED = ("refused", "withdrawn", "expired")  # an answer after which no yes stands


class ConsentAnchorExpired(models.Model):
    """Which batches are due: the evidence term of an event runs from the end of what it proves, not from its own time.

    A yes proves what was sent under it until it was taken back or ran out. While the shop still has the number, the
    latest answer counts for what may be sent today, so it stays however old it is.
    """

    _inherit = "consent.anchor.expired"

    @api.model
    def _months_of(self, numbers, now):
        """Return {number: evidence term in months} of those of the batches whose every event is past its term."""
        self.env.flush_all()
        self._expire_gone(numbers)
        terms = self._terms_of(numbers)
        if not terms:
            return {}
        self.env.cr.execute(
            SQL(
                """
                SELECT event.number, max(term.months)
                  FROM (%(events)s) event
             LEFT JOIN (VALUES %(terms)s) AS term (company_id, notice_id, months)
                    ON term.company_id = event.company_id AND term.notice_id = COALESCE(event.notice_id, 0)
              GROUP BY event.number
                HAVING bool_and(COALESCE(
                           GREATEST(event.ended, event.anchored) + make_interval(months => term.months) <= %(now)s
                           AND NOT (event.is_alive AND event.is_latest), FALSE))
                """,
                events=self._events_sql(numbers),
                terms=SQL(", ").join(SQL("(%s, %s, %s::int)", *key, months) for key, months in terms.items()),
                now=now,
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _events_sql(self, numbers):
        """Return the query for the events of batches.

        Its columns: `number` of the batch and when it was `anchored`; of the event `subject_ref`, `purpose_id`,
        `company_id`, `notice_id`; when what it proves `ended`; `is_latest` if no later answer took its place;
        `is_alive` if the number still stands in the vault; `is_open_yes` if a yes stands that nothing ended.
        """
        return SQL(
            """
            SELECT a.number, a.time AS anchored, e.subject_ref, e.purpose_id, e.company_id, e.notice_id,
                   COALESCE(ending.time, e.time) AS ended,
                   NOT EXISTS (SELECT FROM consent_event n
                                WHERE n.subject_ref = e.subject_ref AND n.purpose_id = e.purpose_id
                                  AND n.id > COALESCE(ending.id, %(never)s) AND n.kind IN %(answers)s) AS is_latest,
                   EXISTS (SELECT FROM consent_subject s JOIN phone_vault v ON v.number_digest = s.number_digest
                            WHERE s.id = e.subject_ref) AS is_alive,
                   ending.id IS NULL
                   AND EXISTS (SELECT FROM consent_event n JOIN consent_purpose p ON p.id = n.purpose_id
                                WHERE n.subject_ref = e.subject_ref AND n.purpose_id = e.purpose_id AND n.id >= e.id
                                  AND (n.kind = 'granted' OR n.kind = 'shown' AND p.basis = 'contract' AND %(told)s))
                   AND EXISTS (SELECT FROM consent_subject s WHERE s.id = e.subject_ref) AS is_open_yes
              FROM consent_anchor a
        CROSS JOIN unnest(string_to_array(a.span, ',')) AS ids (part)
              JOIN consent_event e
                ON e.id BETWEEN split_part(part, '-', 1)::bigint
                            AND COALESCE(NULLIF(split_part(part, '-', 2), ''), part)::bigint
         LEFT JOIN LATERAL (
                   SELECT n.id, n.time FROM consent_event n
                    WHERE n.subject_ref = e.subject_ref AND n.purpose_id = e.purpose_id AND n.id >= e.id
                      AND n.kind IN %(ended)s
                 ORDER BY n.id LIMIT 1) ending ON TRUE
             WHERE a.number = ANY(%(numbers)s)
            """,
            never=2**62,
            told=self.env["consent.notice.text"]._is_told_sql("n"),
            answers=ANSWERS,
            ended=ENDED,
            numbers=list(numbers),
        )

    @api.model
    def _terms_of(self, numbers):
        """Return {(company id, notice id or 0): months} of all pairs in these batches; no months without a term."""
        self.env.cr.execute(
            SQL("SELECT DISTINCT company_id, COALESCE(notice_id, 0) FROM (%s) event", self._events_sql(numbers))
        )
        # sudo: the scheduled action's, for all companies
        terms, companies = self.env["consent.evidence.term"], self.env["res.company"].sudo()
        notices = self.env["consent.notice"].sudo()
        return {
            (company, notice): terms._months_sudo(companies.browse(company), notices.browse(notice or ()))
            for company, notice in self.env.cr.fetchall()
        }

    @api.model
    def _expire_gone(self, numbers):
        """End each standing yes to a number that is gone: its proof is kept for a whole term from now."""
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT subject_ref, purpose_id FROM (%s) event WHERE is_open_yes AND NOT is_alive",
                self._events_sql(numbers),
            )
        )
        by_purpose = {}
        for subject, purpose in self.env.cr.fetchall():
            by_purpose.setdefault(purpose, []).append(subject)
        for purpose, ids in by_purpose.items():
            row = {"purpose_id": purpose, "kind": "expired", "source": "retention", "actor": "retention"}
            # sudo: nobody may write events; retention says what has run out
            self.env["consent.event"]._append_sudo(self.env["consent.subject"].sudo().browse(ids), [row])
        self.env.flush_all()
