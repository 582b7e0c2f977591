from odoo import fields, models

from ..tools.redact import redact_words


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    order_update_id = fields.Many2one("order.update", ondelete="cascade", index="btree_not_null")

    def _update_sms_notifications(self, notification_status, failure_type=False, failure_reason=False):
        if self.env["sms.sms"]._gate_is_on():
            failure_reason = redact_words(failure_reason)  # a provider's own words may hold the number
        result = super()._update_sms_notifications(
            notification_status, failure_type=failure_type, failure_reason=failure_reason
        )
        self.order_update_id._follow_sudo(notification_status, failure_type)
        return result
