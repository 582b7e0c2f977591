from odoo import fields, models
from odoo.fields import NO_ACCESS

from .consent_code import PLACEHOLDER


class SmsSms(models.Model):
    """Texts that carry a code: it is made when the text is claimed, and the queue never holds it."""

    _inherit = "sms.sms"

    code_id = fields.Many2one(
        "consent.code", readonly=True, copy=False, index="btree_not_null", ondelete="set null", groups=NO_ACCESS
    )

    def _get_sms_company(self):
        # No message tells the company of these texts.
        code_sudo = self.sudo().code_id  # sudo: a company's id, nothing else
        return code_sudo.company_id if code_sudo else super()._get_sms_company()

    def _gate_reasons_sudo(self):
        reasons = super()._gate_reasons_sudo()
        for sms in self.sudo():  # sudo: as all that the gate reads
            # With its row gone or overtaken by time, a text would carry a code that opens nothing.
            waited = sms.code_id._is_stale() if sms.code_id else PLACEHOLDER in (sms.body or "")
            if waited and not reasons[sms.id] and sms.purpose_id.purpose_class == "service":
                reasons[sms.id] = "code_stale"
        return reasons

    def _live_bodies_sudo(self):
        bodies = super()._live_bodies_sudo()
        codes = self.code_id._make_sudo()
        for sms in self.filtered("code_id"):
            bodies[sms.id] = bodies[sms.id].replace(PLACEHOLDER, codes[sms.code_id.id])
        return bodies
