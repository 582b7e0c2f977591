from odoo import api, models
from odoo.tools import SQL

from ..tools.drivers import Receipt
from ..tools.sms_api import UNKNOWN

RANKS = {False: 0, "sent": 1, "delivered": 2, "failed": 2}
# What Odoo's own service says → ours; the rest are failures.
IAP_WORDS = {**dict.fromkeys(("processing", "success", "sent"), "sent"), "delivered": "delivered"}


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
        if not self.sms_twilio_sid and receipt.provider_id:
            self.sms_twilio_sid = receipt.provider_id
        self._take_price_sudo(receipt)
        if RANKS[receipt.status] <= RANKS[self.report]:
            return False
        if receipt.status == "failed":
            is_bounce = receipt.reason in self.env["sms.sms"].BOUNCE_DELIVERY_ERRORS
            self._update_sms_notifications("bounce" if is_bounce else "exception", failure_type=receipt.reason)
        else:
            self._action_update_from_sms_state("pending" if receipt.status == "sent" else "sent")
        self.report = receipt.status
        self._settle_text_sudo(receipt)
        return True

    def _take_price_sudo(self, receipt):
        update_sudo = self.order_update_id
        if receipt.segments and receipt.segments != update_sudo.segments:  # we had measured it
            update_sudo.segments = receipt.segments
        if receipt.price and not update_sudo.price:
            update_sudo.write({"price": receipt.price, "currency": receipt.currency})

    def _settle_text_sudo(self, receipt):
        """Take the text off the queue; one that is still in a worker's hands is for that worker to settle."""
        settled = ["|", ("state", "!=", "process"), ("claim", "=", False)]
        sms = self.env["sms.sms"].search([("uuid", "=", self.sms_uuid), *settled])
        if sms.failure_type == UNKNOWN:
            state = {"sent": "pending", "delivered": "sent", "failed": "error"}[receipt.status]
            sms.write({"state": state, "failure_type": "unknown" if state == "error" else False})
        sms.filtered(lambda text: text.state != "outgoing").to_delete = True

    # ------------------------------------------------------------ Odoo's own service

    @api.model
    def _take_iap_word_sudo(self, uuids, word):
        """Take what Odoo's own service says of its texts. It signs nothing: a text's uuid, which nobody reads, is all.

        :param word: as the core's route gets it: "sent", "delivered" or what went wrong
        """
        status = IAP_WORDS.get(word, "failed")
        failure = f"sms_{word}" if f"sms_{word}" in self.env["sms.sms"].DELIVERY_ERRORS else "unknown"
        receipt = Receipt("", status, failure if status == "failed" else "")
        for tracker in self.sudo().search([("sms_uuid", "in", uuids)], order="id"):
            if tracker._is_with_iap_sudo():
                tracker._take_receipt_sudo(receipt)

    def _is_with_iap_sudo(self):
        """Tell whether Odoo's own service got this text; of one from before the addon, its company's settings tell."""
        sms = self.env["sms.sms"].search([("uuid", "=", self.sms_uuid)], limit=1)
        if sms.state in ("outgoing", "canceled") or (sms.state == "error" and sms.failure_type != UNKNOWN):
            return False
        if self.claimed_at:
            return self.account == "iap"
        return sms.state != "error" and self._company_sudo().sms_provider == "iap"
