from odoo import models
from odoo.exceptions import UserError


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def send_mail_batch(self, res_ids, *args, **kwargs):
        """Refuse the e-mail that asks: what is sent here stays in the chatter, and its link is the customer's own."""
        # sudo: the words of a template, to look for one
        if any("_consent_ask_url" in (template.body_html or "") for template in self.sudo()):
            raise UserError(
                self.env._(
                    "This e-mail holds a link that is the customer's own: send it by “Ask by e-mail about the number”,"
                    " under Actions on contacts."
                )
            )
        return super().send_mail_batch(res_ids, *args, **kwargs)
