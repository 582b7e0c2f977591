from odoo import models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    def _take_receipt_sudo(self, receipt):
        """Count a failure with the mailing as well; of what arrives the app hears by itself."""
        is_news = super()._take_receipt_sudo(receipt)
        if is_news and receipt.status == "failed":
            is_bounce = receipt.reason in self.env["sms.sms"].BOUNCE_DELIVERY_ERRORS
            self._update_sms_traces("bounce" if is_bounce else "error", failure_type=receipt.reason)
        return is_news
