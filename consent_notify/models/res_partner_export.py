from odoo import models

from odoo.addons.base.models.res_users import check_identity


class ResPartner(models.Model):
    _inherit = "res.partner"

    @check_identity
    def action_export_numbers(self):
        """Open the dialog of the export; asks for the password if that was over ten minutes ago."""
        door = self.env["phone.door"]
        door._assert_exporter()
        return {
            "type": "ir.actions.client",
            "tag": "consent_notify.export",
            "target": "new",
            "params": {
                "ids": self.ids,
                "count": len(door._exported(self.ids)),
                "reasons": door._reasons(),
                "has_totp": door._has_second_factor(),
            },
        }
