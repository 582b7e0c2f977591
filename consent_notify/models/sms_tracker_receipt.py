from odoo import models
from odoo.tools import SQL

RANKS = {False: 0, "sent": 1, "delivered": 2, "failed": 2}


class SmsTracker(models.Model):
    """Receipts: each is taken once, and none takes back what a later one said."""

    _inherit = "sms.tracker"

    def _take_receipt_sudo(self, receipt):
        """Write what a `Receipt` tells; return whether it was news."""
        self.ensure_one()
        # Two receipts at once: the second waits, fails if the first changed the row, and is tried again.
        self.env.cr.execute(SQL("SELECT FROM sms_tracker WHERE id = %s FOR NO KEY UPDATE", self.id))
        if self.sms_twilio_sid and self.sms_twilio_sid != receipt.provider_id:
            return False
        if not self.sms_twilio_sid:
            self.sms_twilio_sid = receipt.provider_id
        self._take_price_sudo(receipt)
        if RANKS[receipt.status] <= RANKS[self.report]:
            return False
        if receipt.status == "failed":
            is_bounce = receipt.reason in self.env["sms.sms"].BOUNCE_DELIVERY_ERRORS
            self._update_sms_notifications("bounce" if is_bounce else "exception", failure_type=receipt.reason)
        else:
            self._update_sms_notifications("pending" if receipt.status == "sent" else "sent")
        self.report = receipt.status
        self._settle_text_sudo(receipt)
        return True

    def _take_price_sudo(self, receipt):
        update_sudo = self.order_update_id
        if receipt.segments and not update_sudo.segments:
            update_sudo.segments = receipt.segments
        if receipt.price and not update_sudo.price:
            update_sudo.write({"price": receipt.price, "currency": receipt.currency})

    def _settle_text_sudo(self, receipt):
        """Take the text off the queue; one that is still in a worker's hands is for that worker to settle."""
        sms = self.env["sms.sms"].search([("uuid", "=", self.sms_uuid), ("state", "!=", "process")])
        if sms.failure_type == "outcome_unknown":
            state = {"sent": "pending", "delivered": "sent", "failed": "error"}[receipt.status]
            sms.write({"state": state, "failure_type": "unknown" if state == "error" else False})
        sms.filtered(lambda text: text.state != "outgoing").to_delete = True
