from odoo import models
from odoo.exceptions import AccessDenied


class ResUsers(models.Model):
    """Failed sign-ins of accounts that may see whole numbers are part of the access log."""

    _inherit = "res.users"

    def _login(self, credential, user_agent_env):
        try:
            return super()._login(credential, user_agent_env)
        except AccessDenied:
            if login := credential.get("login"):
                # sudo: nobody is signed in yet
                user_sudo = self.sudo().search(self._get_login_domain(login), order=self._get_login_order(), limit=1)
                self.env["phone.access"]._note_wrong_password_sudo(user_sudo)
            raise
