from odoo import api, models
from odoo.exceptions import UserError

ASKS = "_consent_ask_url"  # how a template has the link


class MailTemplate(models.Model):
    """The e-mail that asks holds a link behind which its customer answers: it is theirs alone."""

    _inherit = "mail.template"

    def send_mail_batch(self, res_ids, *args, **kwargs):
        """Refuse the e-mail that asks: what is sent here stays in the chatter."""
        if self._asks_for_consent():
            raise self._refusal_to_ask()
        return super().send_mail_batch(res_ids, *args, **kwargs)

    def _asks_for_consent(self, body=""):
        """Tell whether any of these templates, or `body`, holds the link."""
        # sudo: the words of a template, to look for one
        return any(ASKS in (text or "") for text in (body, *self.sudo().mapped("body_html")))

    @api.model
    def _refusal_to_ask(self):
        return UserError(
            self.env._(
                "This e-mail holds a link that is the customer's own: send it by “Ask by e-mail about the number”,"
                " under Actions on contacts."
            )
        )
