import json
from collections import namedtuple

from odoo import api, fields, models
from odoo.tools import SQL

from .consent_event import ANSWERS, KINDS, SOURCES

REASONS = {
    None: "consent_missing",
    "refused": "consent_refused",
    "withdrawn": "consent_withdrawn",
    "expired": "consent_expired",
}
# The latest answer of one person for one purpose; `is_guardian`: the words said that a guardian gives it.
Standing = namedtuple("Standing", "kind notice_id time is_guardian")
# Where a company has codes confirm numbers, no text leaves before: see `consent.code`.
UNCONFIRMED = "consent_unconfirmed"


class ConsentStatus(models.Model):
    """The latest answer of each customer, for each number and purpose. Derived, never written."""

    _name = "consent.status"
    _description = "Consent Status"
    _auto = False
    _order = "id desc"
    _rec_name = "purpose_id"
    _depends = {
        "consent.event": ["subject_ref", "purpose_id", "kind", "time", "source", "order_name", "text_id", "notice_id"],
        "consent.subject": ["partner_id", "company_id", "number_digest"],
        "consent.purpose": ["basis", "channel", "purpose_class"],
        "consent.notice.text": ["notice_id", "label", "document"],
        "consent.notice": ["label", "statement"],
        "res.company": ["consent_confirm"],
        "res.partner": ["phone", "phone_sanitized", "is_minor", "commercial_partner_id"],
    }

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    purpose_id = fields.Many2one("consent.purpose", readonly=True)
    kind = fields.Selection(KINDS, "Answer", readonly=True)
    is_allowed = fields.Boolean("May be Contacted", readonly=True)
    is_current = fields.Boolean(
        "Present Number", readonly=True, help="The answer is about the number on the contact now."
    )
    time = fields.Datetime("Since", readonly=True)
    source = fields.Selection(SOURCES, readonly=True)
    order_name = fields.Char("Order", readonly=True)
    text_id = fields.Many2one("consent.notice.text", "Words", readonly=True)
    notice_id = fields.Many2one("consent.notice", "Version of the Words", readonly=True)
    event_id = fields.Many2one("consent.event", readonly=True)

    @property
    def _table_query(self):
        # What was only shown is no answer, but under the contract it is what the shop may go by.
        return SQL(
            """
            SELECT e.id,
                   e.id AS event_id,
                   l.partner_id,
                   l.company_id,
                   l.purpose_id,
                   e.kind,
                   e.kind IN ('granted', 'shown') AND l.is_current AND NOT l.is_refused AND NOT (%(unconfirmed)s)
                       AS is_allowed,
                   l.is_current,
                   e.time,
                   e.source,
                   e.order_name,
                   e.text_id,
                   e.notice_id
              FROM (SELECT DISTINCT ON (s.partner_id, s.company_id, s.number_digest, e.purpose_id)
                           e.id,
                           e.purpose_id,
                           purpose.channel,
                           s.partner_id,
                           s.company_id,
                           s.number_digest,
                           COALESCE(s.number_digest = COALESCE(clean.number_digest, typed.number_digest), FALSE)
                               AS is_current,
                           purpose.purpose_class = 'marketing' AND COALESCE(p.is_minor OR whole.is_minor, FALSE)
                               AS is_refused
                      FROM consent_event e
                      JOIN consent_purpose purpose ON purpose.id = e.purpose_id
                      JOIN consent_subject s ON s.id = e.subject_ref
                      JOIN res_partner p ON p.id = s.partner_id
                 LEFT JOIN res_partner whole ON whole.id = p.commercial_partner_id
                 LEFT JOIN phone_vault clean ON clean.token = p.phone_sanitized
                 LEFT JOIN phone_vault typed ON typed.token = p.phone
                     WHERE e.kind IN %(answers)s
                        OR (e.kind = 'shown' AND purpose.basis = 'contract' AND %(told)s)
                  ORDER BY s.partner_id, s.company_id, s.number_digest, e.purpose_id, e.kind = 'shown', e.id DESC
                   ) l
              JOIN consent_event e ON e.id = l.id
              JOIN res_company company ON company.id = l.company_id
            """,
            answers=ANSWERS,
            told=self.env["consent.notice.text"]._is_told_sql("e"),
            unconfirmed=self._unconfirmed_sql(
                SQL("l.channel"),
                SQL(
                    "s.company_id = l.company_id AND s.number_digest = l.number_digest AND s.partner_id = l.partner_id"
                ),
            ),
        )

    @api.model
    def _unconfirmed_sql(self, channel, subject):
        """Return the condition that a number still has to be confirmed by a code; `company` is in the query.

        :param SQL channel: of the purpose
        :param SQL subject: condition on a subject `s`, that it is the person with the number: merged, one has several
        """
        confirmed = SQL(
            "SELECT FROM consent_subject s JOIN consent_event c ON c.subject_ref = s.id"
            " WHERE %s AND c.kind = 'confirmed'",
            subject,
        )
        return SQL("company.consent_confirm IS TRUE AND %s = 'sms' AND NOT EXISTS (%s)", channel, confirmed)

    @api.model
    def _answers_sudo(self, partner, company):
        """Return {purpose id: latest answer} for the partner's present number."""
        return {purpose: answer.kind for purpose, answer in self._standing_sudo(partner, company).items()}

    @api.model
    def _standing_sudo(self, partner, company):
        """Return {purpose id: `Standing`} for the partner's present number."""
        digest = self.env["consent.subject"]._digest_of(partner.sudo())
        if not digest:
            return {}
        subjects_sudo = self.env["consent.subject"].sudo()
        self.env["consent.event"].flush_model()
        subjects_sudo.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT ON (e.purpose_id) e.purpose_id, e.kind, e.notice_id, e.time, e.evidence"
                " FROM consent_subject s JOIN consent_event e ON e.subject_ref = s.id"
                " WHERE s.partner_id = %s AND s.company_id = %s AND s.number_digest = %s AND e.kind IN %s"
                " ORDER BY e.purpose_id, e.id DESC",
                partner.id,
                company.id,
                digest,
                ANSWERS,
            )
        )
        return {
            purpose: Standing(kind, notice, time, self._said_by_guardian(evidence))
            for purpose, kind, notice, time, evidence in self.env.cr.fetchall()
        }

    @api.model
    def _said_by_guardian(self, evidence):
        return bool(evidence and json.loads(evidence).get("guardian"))

    def _standing(self):
        """Return this row as a `Standing`."""
        self.ensure_one()
        return Standing(self.kind, self.notice_id.id, self.time, self._said_by_guardian(self.event_id.evidence))

    def action_withdraw(self):
        """Record that the customer took these answers back, as told to the member of staff who clicks."""
        for status in self:
            # sudo: events are appended for the staff, who may read the status by its rules
            self.env["consent.event"]._withdraw_sudo(
                status.partner_id,
                status.company_id,
                status.purpose_id,
                source="counter",
                actor=f"user:{self.env.uid}",
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
