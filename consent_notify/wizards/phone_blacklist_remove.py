from odoo import api, fields, models

from ..tools.phone import BULLET, handle_code


class PhoneBlacklistRemove(models.TransientModel):
    _inherit = "phone.blacklist.remove"

    # Not required, as it is in the core: retention has to be able to empty what a wizard left behind.
    phone = fields.Char(sealed=True, required=False)

    @api.model_create_multi
    def create(self, vals_list):
        """Take the mask that the form hands over for the number on the list, or on a contact, that it stands for."""
        vault, field = self.env["phone.vault"], self.env["phone.blacklist"]._fields["number"]
        for vals in vals_list:
            shown = vals.get("phone") or self.env.context.get("default_phone") or ""
            code = handle_code(shown) if isinstance(shown, str) and BULLET in shown else None
            if code and (found := vault._bearers([code], field).get(code)):
                vals["phone"] = found[1]
        return super().create(vals_list)
