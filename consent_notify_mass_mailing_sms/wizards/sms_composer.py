from odoo import models


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _is_mailing(self):
        return bool(self.mailing_id) or super()._is_mailing()
