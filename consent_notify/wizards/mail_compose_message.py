from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _evaluate_res_domain(self):
        # It came with an earlier request than the one that searches by it.
        self.env["phone.door"]._note_sent(self.res_domain)
        return super()._evaluate_res_domain()
