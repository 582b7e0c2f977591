from odoo import fields, models
from odoo.fields import NO_ACCESS


class ResUsers(models.Model):
    _inherit = "res.users"

    # Empty for whoever switched it on before this was kept: then it is no news.
    totp_since = fields.Datetime("Second Factor Since", readonly=True, copy=False, groups=NO_ACCESS)

    def _totp_try_setting(self, secret, code):
        """Note when the second factor was switched on: a stolen password is enough to do that."""
        is_on = super()._totp_try_setting(secret, code)
        if is_on:
            self.sudo().totp_since = fields.Datetime.now()  # sudo: nobody may write it by hand
        return is_on
