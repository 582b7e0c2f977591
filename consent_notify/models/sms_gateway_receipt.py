from hmac import compare_digest

from odoo import api, models
from odoo.tools.urls import urljoin

from ..tools.drivers.http_settings import RECEIPTS


class SmsGateway(models.Model):
    """What a gateway tells later. It signs nothing: the address itself is the secret, one for each gateway."""

    _inherit = "sms.gateway"

    def _compute_receipt_address(self):
        for gateway in self:
            is_told = gateway.company_id and gateway.receipt_id and gateway.id
            gateway.receipt_address = gateway._receipt_address_sudo() if is_told else False

    def _receipt_address_sudo(self):
        return urljoin(self.company_id.get_base_url(), f"{RECEIPTS}/{self.id}/{self._receipt_token_sudo()}")

    def _receipt_token_sudo(self):
        """Return what the address ends in. It is computed, so that no copy of the database shows it."""
        return self.env["phone.vault"]._mac("receipts of a gateway", str(self.id), str(self.receipt_turn))[:43]

    def action_new_receipt_address(self):
        """Make the present address for reports worthless."""
        self.check_access("write")
        for gateway_sudo in self.sudo():  # sudo: the counter has no access at all
            gateway_sudo.receipt_turn += 1
        self.invalidate_recordset(["receipt_address"])

    @api.model
    def _find_sudo(self, gateway_id, token):
        """Return the gateway whose address this is, or an empty recordset. Takes the same time for any wrong token."""
        gateway_sudo = self.sudo().browse(gateway_id).exists()
        expected = gateway_sudo._receipt_token_sudo() if gateway_sudo else "-" * 43
        is_right = compare_digest(token.encode(), expected.encode())
        return gateway_sudo if is_right and gateway_sudo.company_id else gateway_sudo.browse()

    def _receive_sudo(self, values):
        """Take a delivery report: its fields, or what its JSON holds."""
        receipts = {receipt.provider_id: receipt for receipt in self._driver_sudo().parse_receipts(values)}
        trackers = self.env["sms.tracker"].search([("sms_twilio_sid", "in", list(receipts))])
        for tracker in trackers:
            if self._sent_sudo(tracker):
                self._take_sudo(tracker, receipts[tracker.sms_twilio_sid])

    def _sent_sudo(self, tracker):
        """Tell whether this gateway's company sent the text: two gateways may give the same id."""
        company = tracker.mail_notification_id.mail_message_id.record_company_id
        if "company_id" in tracker._fields:  # what the claim noted
            company = tracker.company_id or company
        if not company:
            company = self.env["sms.sms"].search([("uuid", "=", tracker.sms_uuid)], limit=1)._get_sms_company()
        return company == self.company_id

    def _take_sudo(self, tracker, receipt):
        """Write what became of a text; a late or repeated report takes nothing back."""
        if hasattr(tracker, "_take_receipt_sudo"):
            tracker._take_receipt_sudo(receipt)
            return
        status = tracker.mail_notification_id.notification_status
        if receipt.status == "failed" and status not in ("sent", "exception", "bounce"):
            tracker._action_update_from_sms_state("error", failure_type=receipt.reason)
        elif receipt.status == "delivered":
            tracker._action_update_from_sms_state("sent")
        elif receipt.status == "sent" and status not in ("exception", "bounce"):
            tracker._action_update_from_sms_state("pending")
