from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SmsTemplate(models.Model):
    _inherit = "sms.template"

    purpose_id = fields.Many2one(
        "consent.purpose",
        ondelete="restrict",
        domain="[('channel', '=', 'sms'), ('purpose_class', '!=', 'service')]",
        help="What customers agreed to when they get this text. Without one, the kind of document decides.",
    )

    @api.constrains("purpose_id")
    def _check_purpose_id(self):
        if any(template.purpose_id.purpose_class == "service" for template in self):
            # Else anybody could send anything to anyone by choosing such a template.
            raise ValidationError(
                self.env._("This purpose is for texts that answer what a person just did: choose another one.")
            )
