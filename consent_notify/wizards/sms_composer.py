from odoo import fields, models

from ..tools.purpose import SmsPurpose


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    # Rows of a wizard stay for hours, in dumps as well.
    recipient_single_number_itf = fields.Char(sealed=True)
    numbers = fields.Char(sealed=True)

    def _action_send_sms(self):
        if not isinstance(self.env.context.get("sms_purpose_code"), SmsPurpose) and (code := self._purpose_code()):
            self = self.with_context(sms_purpose_code=SmsPurpose(code))
        return super()._action_send_sms()

    def _purpose_code(self):
        """Return the purpose of what is composed: its template's, if made for such records, else the records' own."""
        template = self.template_id.sudo()  # sudo: any user may send by a template
        if template.purpose_id and template.model == self.res_model:
            return template.purpose_id.code
        return self.env["sms.sms"]._purpose_by_model().get(self.res_model)
