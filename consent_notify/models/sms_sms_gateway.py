from odoo import models


class SmsSms(models.Model):
    """Texts that left by a gateway of the shop's own."""

    _inherit = "sms.sms"

    def _handle_call_result_hook(self, results):
        """Keep the gateway's ids: its reports name texts by them. The core keeps those of Twilio only."""
        result = super()._handle_call_result_hook(results)
        ids = {one["uuid"]: one["sms_twilio_sid"] for one in results if one.get("sms_twilio_sid")}
        for sms in self.filtered(lambda sms: sms.uuid in ids and sms._get_sms_company().sms_provider == "http"):
            # sudo: who sends a text may not write trackers
            sms.sudo().sms_tracker_id.sms_twilio_sid = ids[sms.uuid]
        return result
