from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        # Python's own name for a controller: a form with such a field would make every address answer 500.
        request.params.pop("self", None)
        return super()._dispatch(endpoint)

    def session_info(self):
        info = super().session_info()
        info["consent_notify_kit_missing"] = self.env["consent.recovery.kit"]._is_missing()
        info["consent_notify_officer"] = self.env.user.has_group("consent_notify.group_officer")
        return info
