from odoo import models

from ..tools.purpose import SmsPurpose


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_sms_with_template(
        self, template=False, template_xmlid=False, template_fallback="", partner_ids=False, **kwargs
    ):
        used = template or (template_xmlid and self.env.ref(template_xmlid, raise_if_not_found=False))
        if used and (code := used.sudo().purpose_id.code):  # sudo: any user may send by a template
            self = self.with_context(sms_purpose_code=SmsPurpose(code))
        return super()._message_sms_with_template(
            template=template,
            template_xmlid=template_xmlid,
            template_fallback=template_fallback,
            partner_ids=partner_ids,
            **kwargs,
        )
