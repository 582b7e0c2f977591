from odoo import fields, models

from ..tools.purpose import SmsPurpose


class SmsTwilioAccountManage(models.TransientModel):
    _inherit = "sms.twilio.account.manage"

    test_number = fields.Char(sealed=True)

    def action_send_test(self):
        # A fixed text to a number the administrator types: by their own act, and no offer to anyone.
        return super(
            SmsTwilioAccountManage, self.with_context(sms_purpose_code=SmsPurpose("service"))
        ).action_send_test()
