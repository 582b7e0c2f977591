from odoo import fields, models

from ..tools.marks import SmsPurpose


class SmsTwilioAccountManage(models.TransientModel):
    _inherit = "sms.twilio.account.manage"

    test_number = fields.Char(sealed=True)
    sms_twilio_messaging_service_sid = fields.Char(
        related="company_id.sms_twilio_messaging_service_sid", readonly=False
    )
    sms_twilio_no_words = fields.Boolean(related="company_id.sms_twilio_no_words", readonly=False)
    sms_twilio_no_number = fields.Boolean(related="company_id.sms_twilio_no_number", readonly=False)

    def action_send_test(self):
        # A fixed text to a number the administrator types: by their own act, and no offer to anyone.
        return super(
            SmsTwilioAccountManage, self.with_context(sms_purpose_code=SmsPurpose("service"))
        ).action_send_test()
