from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .res_partner_number import Number

# The shop has to mend these; the others are the customer's word, which is no error.
TO_MEND = {"no_purpose", "no_provider", "no_contract", "no_hours", "sms_number_missing", "sms_number_format"}


class SmsSms(models.Model):
    """The gate: no text of whatever module reaches a provider without passing here."""

    _inherit = "sms.sms"

    @api.model
    def _gate_is_on(self):
        """Tell whether texts are checked. Only the core's own tests, which record no consent, switch it off."""
        return True

    def _pass_gate_sudo(self):
        """Refuse those of `self` that may not be sent, saying why; put off those that may later; return the others."""
        reasons = self._gate_reasons_sudo()
        later, too_late = self.filtered(lambda sms: not reasons[sms.id])._put_off_sudo()
        reasons.update(too_late)
        refused = defaultdict(list)
        for sms_id, reason in reasons.items():
            if reason:
                refused[reason].append(sms_id)
        for reason, ids in refused.items():
            texts = self.browse(ids).sudo()  # sudo: the gate decides for every caller
            texts._update_sms_state_and_trackers("error" if reason in TO_MEND else "canceled", failure_type=reason)
        return self.filtered(lambda sms: not reasons[sms.id]) - later

    def _gate_reasons_sudo(self):
        """Return {id: None if it may be sent, else why not}, in a constant number of queries."""
        texts = self.sudo()  # sudo: what the gate reads is no business of the caller's rights
        companies = {sms.id: sms._get_sms_company() for sms in texts}
        numbers = texts._numbers_sudo()
        asked = {
            sms.id: (companies[sms.id].id, sms.partner_id.id or 0, numbers[sms.id].digest, sms.purpose_id.id)
            for sms in texts
            if numbers[sms.id].digest and sms.purpose_id.active and sms.purpose_id.purpose_class != "service"
        }
        verdicts = texts.env["consent.status"]._verdicts(set(asked.values())) if asked else {}
        blacklisted = texts._blacklisted_digests_sudo({number.digest for number in numbers.values() if number.digest})
        closed = self._company_reasons_sudo(texts.env["res.company"].union(*companies.values()))

        def reason(sms):
            verdict = verdicts.get(asked[sms.id], "consent_missing") if sms.id in asked else None
            number = numbers[sms.id]
            why = self._reason(sms.purpose_id, companies[sms.id], number, verdict, number.digest in blacklisted)
            return why or closed.get(companies[sms.id])

        return {sms.id: reason(sms) for sms in texts}

    @api.model
    def _reason(self, purpose, company, number, verdict, is_blacklisted):
        """Return why nothing of this purpose may go to this `Number`, whatever the hour, or None.

        :param verdict: of `consent.status`, None for a yes
        """
        if not purpose.active:
            return "no_purpose"
        if not number.is_there:
            return "sms_number_missing"
        if not number.digest:
            return "sms_number_format"
        if is_blacklisted:
            return "sms_blacklist"
        if verdict:
            return verdict
        if not company.consent_texts_on:
            return "switched_off"
        return None

    @api.model
    def _company_reasons_sudo(self, companies):
        """Return {company: why nothing of it may be sent at present}, of those companies that may send nothing."""
        return dict.fromkeys(companies.sudo().filtered(lambda company: not company.sms_provider), "no_provider")

    def _numbers_sudo(self):
        """Return {id: Number}. Nothing is opened for it."""
        self.flush_recordset(["number"])
        self.env.cr.execute(
            SQL(
                "SELECT s.id, s.number IS NOT NULL, v.number_digest, v.region FROM sms_sms s"
                " LEFT JOIN phone_vault v ON v.token = s.number WHERE s.id = ANY(%s)",
                self.ids,
            )
        )
        return {sms_id: Number(*number) for sms_id, *number in self.env.cr.fetchall()}

    @api.model
    def _blacklisted_digests_sudo(self, digests):
        """Return those of `digests` whose number stands on the phone blacklist, however it is written there."""
        self.env["phone.blacklist"].flush_model(["number", "active"])
        self.env.cr.execute(
            SQL(
                "SELECT v.number_digest FROM phone_blacklist b JOIN phone_vault v ON v.token = b.number"
                " WHERE b.active AND v.number_digest = ANY(%s)",
                list(digests),
            )
        )
        return {digest for (digest,) in self.env.cr.fetchall()}
