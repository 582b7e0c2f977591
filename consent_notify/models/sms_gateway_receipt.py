from hmac import compare_digest

from odoo import api, models
from odoo.tools.urls import urljoin

from ..tools.drivers.http import HttpDriver
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
        driver = HttpDriver(self._settings())  # without the account: reading needs none
        receipts = {receipt.provider_id: receipt for receipt in driver.parse_receipts(values)}
        # Two gateways may give the same id, also two of one company.
        ours = [("sms_twilio_sid", "in", list(receipts)), ("account", "=", f"http {self.id}")]
        for tracker in self.env["sms.tracker"].search(ours):
            if tracker._company_sudo() == self.company_id:
                tracker._take_receipt_sudo(receipts[tracker.sms_twilio_sid])
