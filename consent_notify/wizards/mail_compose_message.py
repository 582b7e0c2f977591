from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _evaluate_res_domain(self):
        # It came with an earlier request than the one that searches by it.
        self.env["phone.door"]._note_sent(self.res_domain)
        return super()._evaluate_res_domain()

    def _prepare_mail_values_static(self):
        """Leave no link that answers for a customer in the chatter: the message goes with the mail that was sent."""
        values = super()._prepare_mail_values_static()
        if self.template_id == self.env.ref("consent_notify.mail_template_consent_ask", raise_if_not_found=False):
            values["is_notification"] = False
        return values
