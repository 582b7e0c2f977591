from odoo import api, models


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
