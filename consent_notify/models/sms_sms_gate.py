from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

# The shop has to mend these; the others are the customer's word, which is no error.
TO_MEND = {"no_purpose", "no_provider", "sms_number_missing", "sms_number_format"}


class SmsSms(models.Model):
    """The gate: no text of whatever module reaches a provider without passing here."""

    _inherit = "sms.sms"

    @api.model
    def _gate_is_on(self):
        """Tell whether texts are checked. Only the core's own tests, which record no consent, switch it off."""
        return True

    def _pass_gate_sudo(self):
        """Refuse those of `self` that may not be sent, saying why; return the others."""
        reasons = self._gate_reasons_sudo()
        refused = defaultdict(list)
        for sms_id, reason in reasons.items():
            if reason:
                refused[reason].append(sms_id)
        for reason, ids in refused.items():
            texts = self.browse(ids).sudo()  # sudo: the gate decides for every caller
            texts._update_sms_state_and_trackers("error" if reason in TO_MEND else "canceled", failure_type=reason)
        return self.filtered(lambda sms: not reasons[sms.id])

    def _gate_reasons_sudo(self):
        """Return {id: None if it may be sent, else why not}, in a constant number of queries."""
        texts = self.sudo()  # sudo: what the gate reads is no business of the caller's rights
        companies = {sms.id: sms._get_sms_company() for sms in texts}
        numbers = texts._number_digests_sudo()
        asked = {
            sms.id: (companies[sms.id].id, sms.partner_id.id or 0, numbers[sms.id][1], sms.purpose_id.id)
            for sms in texts
            if numbers[sms.id][1] and sms.purpose_id.active and sms.purpose_id.purpose_class != "service"
        }
        verdicts = texts.env["consent.status"]._verdicts(set(asked.values())) if asked else {}
        blacklisted = texts._blacklisted_digests_sudo({digest for _has, digest in numbers.values() if digest})

        def reason(sms):
            has_number, digest = numbers[sms.id]
            if not sms.purpose_id.active:
                return "no_purpose"
            if not has_number:
                return "sms_number_missing"
            if not digest:
                return "sms_number_format"
            if digest in blacklisted:
                return "sms_blacklist"
            if sms.id in asked and (why := verdicts.get(asked[sms.id], "consent_missing")):
                return why
            return None if companies[sms.id].sms_provider else "no_provider"

        return {sms.id: reason(sms) for sms in texts}

    def _number_digests_sudo(self):
        """Return {id: (has a number, its digest or None)}. Nothing is opened for it."""
        self.flush_recordset(["number"])
        self.env.cr.execute(
            SQL(
                "SELECT s.id, s.number IS NOT NULL, v.number_digest FROM sms_sms s"
                " LEFT JOIN phone_vault v ON v.token = s.number WHERE s.id = ANY(%s)",
                self.ids,
            )
        )
        return {sms_id: (has_number, digest) for sms_id, has_number, digest in self.env.cr.fetchall()}

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
