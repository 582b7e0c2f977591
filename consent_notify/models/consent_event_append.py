import json
from hashlib import sha256

from odoo import api, fields, models
from odoo.tools import SQL

from .consent_event import ANSWERS, BY_STAFF

# Here the number speaks for itself, or the staff for whoever told them. On a page it was only typed.
FOR_THE_NUMBER = ("link", "inbound_sms", *BY_STAFF)


class ConsentEvent(models.Model):
    """Recording: how what was shown and answered becomes events. `consent_event_code` builds on it and comes after."""

    _inherit = "consent.event"

    @api.model
    def _record_sudo(self, partner, company, answers, number_digest=None, website=None, evidence=None, **columns):
        """Append one batch of events and return them.

        :param answers: iterable of (purpose, kind, text): consent.purpose, one of `KINDS`, consent.notice.text or None
        :param number_digest: of a number the partner had before, if not the present one
        :param dict evidence: what else proves it; never anything about the person
        :param columns: `source`, and perhaps `order_name`, `lang`, `actor`: the same for all
        """
        subject_sudo = self.env["consent.subject"]._find_or_make_sudo(partner, company, number_digest)
        common = {
            "actor": "customer",
            "website_ref": website.id if website else False,
            "evidence": json.dumps(evidence, sort_keys=True) if evidence else False,
            **columns,
        }
        rows = []
        for purpose, kind, text in answers:
            text_sudo = text.sudo() if text else self.env["consent.notice.text"]
            rows.append(
                {
                    **common,
                    **text_sudo._guardian_evidence(evidence),
                    "purpose_id": purpose.id,
                    "kind": kind,
                    "text_id": text_sudo.id,
                    "notice_id": text_sudo.notice_id.id,
                    "lang": text_sudo.lang or common.get("lang"),
                }
            )
        return self._append_sudo(subject_sudo, rows)

    @api.model
    def _append_sudo(self, subjects_sudo, rows):
        """Append every one of `rows` ({column: value}) for every subject, and return the events."""
        return self.sudo().create(
            [
                {
                    **row,
                    "subject_ref": subject_sudo.id,
                    "company_id": subject_sudo.company_id.id,
                    "commitment": self._commitment(subject_sudo),
                }
                for subject_sudo in subjects_sudo
                for row in rows
            ]
        )

    @api.model
    def _commitment(self, subject_sudo):
        """Return a salted hash of the number's digest: proof for whoever holds the number, a riddle for others."""
        if not subject_sudo.number_digest or not subject_sudo.salt:
            return None
        return sha256(f"{subject_sudo.salt}:{subject_sudo.number_digest}".encode()).hexdigest()

    @api.model
    def _withdraw_sudo(self, partner, company, purposes, source, actor="customer", order_name=None):
        """Take back what this partner agreed to; and what whoever has the same number before this company agreed to, if
        it is known whose the number is: anybody can type a stranger's into their own profile.

        It also holds against a purpose that rests on the contract. What is withdrawn already is not repeated.
        """
        Subject_sudo = self.env["consent.subject"].sudo()
        own_sudo = Subject_sudo._find_or_make_sudo(partner, company)
        domain = fields.Domain("partner_id", "=", partner.id)
        if own_sudo.number_digest and (
            source in FOR_THE_NUMBER or self.env["consent.code"]._confirmed_sudo(partner, company)
        ):
            domain |= fields.Domain("number_digest", "=", own_sudo.number_digest)
        subjects_sudo = Subject_sudo.search(domain & fields.Domain("company_id", "=", company.id))
        return self._withdraw_subjects_sudo(subjects_sudo, purposes, source, actor, order_name)

    @api.model
    def _withdraw_subjects_sudo(self, subjects_sudo, purposes, source, actor="customer", order_name=None):
        """Take back what these subjects agreed to, but for what is withdrawn already; return the events."""
        latest = self._latest(subjects_sudo, purposes)
        events = self.sudo()
        for purpose in purposes:
            standing = subjects_sudo.filtered(lambda s, p=purpose: latest.get((s.id, p.id), [""])[0] != "withdrawn")
            row = {"purpose_id": purpose.id, "kind": "withdrawn", "source": source, "actor": actor}
            events += self._append_sudo(standing, [{**row, "order_name": order_name}])
        return events

    @api.model
    def _latest(self, subjects_sudo, purposes, kinds=ANSWERS, condition=None):
        """Return {(subject id, purpose id): (kind, order's name, id of the words)} of the latest of these kinds.

        :param SQL condition: on `consent_event`
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT ON (subject_ref, purpose_id) subject_ref, purpose_id, kind, order_name, text_id"
                " FROM consent_event WHERE subject_ref = ANY(%s) AND purpose_id = ANY(%s) AND kind IN %s AND %s"
                " ORDER BY subject_ref, purpose_id, id DESC",
                list(subjects_sudo.ids),
                list(purposes.ids),
                kinds,
                condition or SQL("TRUE"),
            )
        )
        return {(subject, purpose): tuple(row) for subject, purpose, *row in self.env.cr.fetchall()}

    @api.model
    def _given_sql(self, event):
        """Return when the answer of an event was given: an imported one on the day that its proof says.

        :param str event: alias of `consent_event` in the query
        """
        return SQL(
            "CASE WHEN %(source)s = 'import' THEN LEAST(%(time)s, (%(evidence)s::json ->> 'date')::timestamp)"
            " ELSE %(time)s END",
            **{name: SQL.identifier(event, name) for name in ("source", "time", "evidence")},
        )
