from odoo import models
from odoo.exceptions import UserError


class ResUsersIdentitycheck(models.TransientModel):
    """The password that the doors ask for once more: whoever sits at somebody else's screen gets it wrong."""

    _inherit = "res.users.identitycheck"

    def _check_identity(self):
        try:
            return super()._check_identity()
        except UserError:
            self.env["phone.access"]._note_wrong_password_sudo(self.env.user)
            raise
