from odoo import api, models
from odoo.tools import SQL


class ConsentEvent(models.Model):
    """What the holder of a handset says of its number, without telling who they are."""

    _inherit = "consent.event"

    @api.model
    def _withdraw_number_sudo(self, company, digest, order_name=None):
        """Stop every text of this company to the number: for whoever gave it, and for who has it and never answered.

        What is queued already is taken back.

        :return: whether this company knew the number
        """
        subjects_sudo = self.env["consent.subject"].sudo()
        found_sudo = subjects_sudo.search([("company_id", "=", company.id), ("number_digest", "=", digest)])
        bearers_sudo = subjects_sudo._bearers_of_sudo(company, digest)
        made = subjects_sudo._find_or_make_many_sudo(dict.fromkeys(bearers_sudo.ids, digest), company)
        found_sudo = found_sudo.union(*made.values())
        purposes = self.env["consent.purpose"]._withdrawable_sudo().filtered(lambda p: p.channel == "sms")
        self._withdraw_subjects_sudo(found_sudo, purposes, source="inbound_sms", order_name=order_name)
        self.env["sms.sms"]._queued_to_sudo(company, digest)._pass_gate_sudo()
        return bool(found_sudo)

    @api.model
    def _stopped_since_sudo(self, company, digest, purposes, since):
        """Return those of `purposes` that anybody took back for the number of this digest after `since`."""
        self.flush_model()
        self.env["consent.subject"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT e.purpose_id FROM consent_subject s JOIN consent_event e ON e.subject_ref = s.id"
                " WHERE s.company_id = %s AND s.number_digest = %s AND e.purpose_id = ANY(%s)"
                " AND e.kind = 'withdrawn' AND e.time > %s",
                company.id,
                digest,
                purposes.ids,
                since,
            )
        )
        return purposes.browse(purpose for (purpose,) in self.env.cr.fetchall())
