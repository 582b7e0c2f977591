from contextlib import suppress

from odoo import models
from odoo.exceptions import UserError


class SmsSms(models.Model):
    """Numbers that do not open: a row of the vault may be damaged, or its key gone. It concerns that text alone."""

    _inherit = "sms.sms"

    def _unopened_sudo(self):
        """Return those whose numbers do not open, having opened the others.

        :raises UserError: if none could, for want of the keyring
        """
        with suppress(UserError):
            self.mapped("number")
            return self.browse()
        self.env["phone.vault"]._keyring()
        return self.filtered(lambda sms: not sms._opens_sudo())

    def _opens_sudo(self):
        with suppress(UserError):
            # Alone: a fetch opens all that it fetches, or nothing.
            return self.browse(self.id).number is not None
        return False
