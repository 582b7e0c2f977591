from odoo import fields, models

from ..tools.drivers import Misconfigured
from ..tools.sms_api import SmsApiClosed


class ResCompany(models.Model):
    """Texts by a gateway of the shop's own choice."""

    _inherit = "res.company"

    sms_provider = fields.Selection(
        selection_add=[("http", "Send via an SMS gateway of your own")],
        ondelete={"http": lambda companies: companies._leave_sandbox_sudo()},
    )
    sms_gateway_id = fields.Many2one(
        "sms.gateway", "SMS Gateway", domain="[('company_id', '=', id)]", ondelete="restrict", groups="base.group_user"
    )

    def _sms_processor(self):
        if self.sms_provider == "http":
            # sudo: a name that customers read as well
            return self.sudo().sms_gateway_id.name or self.env._("an SMS gateway")
        return super()._sms_processor()

    def _sms_senders(self):
        sender = self.sudo().sms_gateway_id.sender if self.sudo().sms_provider == "http" else ""  # sudo: as `super`
        return sender or super()._sms_senders()

    def _sms_driver_sudo(self):
        if self.sms_provider != "http":
            return super()._sms_driver_sudo()
        gateway_sudo = self.sudo().sms_gateway_id
        return gateway_sudo._driver_sudo() if gateway_sudo else Misconfigured("no_provider")

    def _sms_account_sudo(self):
        return f"http {self.sudo().sms_gateway_id.id}" if self.sms_provider == "http" else super()._sms_account_sudo()

    def _sms_settings_sudo(self):
        if self.sms_provider != "http":
            return super()._sms_settings_sudo()
        gateway_sudo = self.sudo().sms_gateway_id.with_context(bin_size=False)
        secret = bytes(gateway_sudo.secret_sealed or b"")
        return ("http", gateway_sudo.id, gateway_sudo.login, secret, gateway_sudo.write_date)

    def _get_sms_api_class(self):
        # The dispatcher asks for the driver; the core would hand out Odoo's service.
        return SmsApiClosed if self.sms_provider == "http" else super()._get_sms_api_class()
