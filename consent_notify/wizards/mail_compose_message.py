from odoo import api, models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    @api.constrains("res_domain")
    def _check_no_number(self):
        """Keep no number in the words of a search: they stand in the database unsealed."""
        for composer in self:
            self.env["phone.door"]._assert_no_number(composer.res_domain)
