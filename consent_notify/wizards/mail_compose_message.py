import re

from markupsafe import Markup

from odoo import models

from ..tools.marks import AskLink

LIVE = re.compile(r"https?://[^\s\"'<>]*/consent/answer/[^\s\"'<>]*")


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _evaluate_res_domain(self):
        # It came with an earlier request than the one that searches by it.
        self.env["phone.door"]._note_sent(self.res_domain)
        return super()._evaluate_res_domain()

    def _prepare_mail_values(self, res_ids):
        """Write the link that answers for a customer into the e-mail to them alone, and nowhere the staff look.

        :raises UserError: for a message in the chatter, which all of the staff can read
        """
        if not self.template_id._asks_for_consent(self.body):
            return super()._prepare_mail_values(res_ids)
        if self.composition_mode != "mass_mail":
            raise self.template_id._refusal_to_ask()
        writing = self.with_context(consent_notify_ask_link=AskLink("e-mail"))
        all_values = super(MailComposeMessage, writing)._prepare_mail_values(res_ids)
        for values in all_values.values():
            # What the chatter would show until the mail is sent and its message goes with it.
            values["body"] = Markup(LIVE.sub("[link]", values.get("body") or ""))  # noqa: S704  it was HTML before
        return all_values

    def _prepare_mail_values_static(self):
        """Leave no link that answers for a customer in the chatter: the message goes with the mail that was sent."""
        values = super()._prepare_mail_values_static()
        if self.template_id._asks_for_consent(self.body):
            values["is_notification"] = False
        return values
