from odoo import models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    def _parse_mailing_domain(self):
        # It came with an earlier request than the one that searches by it.
        self.env["phone.door"]._note_sent(self.mailing_domain)
        return super()._parse_mailing_domain()
