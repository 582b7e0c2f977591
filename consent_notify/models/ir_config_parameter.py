from odoo import api, models
from odoo.exceptions import UserError

from ..tools.keyring_provider import FINGERPRINT


class IrConfigParameter(models.Model):
    """The parameter that names the database's keyring is written by the vault alone, in SQL."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        self._assert_no_fingerprint(*(vals.get("key") for vals in vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._assert_no_fingerprint(vals.get("key"), *self.mapped("key"))
        return super().write(vals)

    def unlink(self):
        self._assert_no_fingerprint(*self.mapped("key"))
        return super().unlink()

    @api.model
    def _assert_no_fingerprint(self, *keys):
        if FINGERPRINT in keys:
            raise UserError(
                self.env._(
                    "This parameter says which keys open the phone numbers: leave it as it is, or they are lost."
                )
            )
