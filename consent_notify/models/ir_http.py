from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        info = super().session_info()
        info["consent_notify_kit_missing"] = self.env["consent.recovery.kit"]._is_missing()
        info["consent_notify_officer"] = self.env.user.has_group("consent_notify.group_officer")
        return info
