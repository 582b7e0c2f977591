from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.phone import BULLET


class SmsComposer(models.TransientModel):
    """The composer's rows are short-lived, yet they stand in backups."""

    _inherit = "sms.composer"

    recipient_single_number_itf = fields.Char(sealed=True)
    numbers = fields.Char(sealed=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # The form shows the mask of the record's number and sends it back: it is computed again, from the record.
            if BULLET in (vals.get("recipient_single_number_itf") or ""):
                del vals["recipient_single_number_itf"]
        return super().create(vals_list)

    @api.depends("numbers", "res_model", "res_id")
    def _compute_sanitized_numbers(self):
        # The core's refusal repeats the numbers, and refusals are logged.
        for composer in self.filtered("numbers"):
            record = composer._get_records() if composer.res_model and composer.res_id else self.env.user
            if not all(record._phone_format(number=number.strip()) for number in composer.numbers.split(",")):
                raise UserError(self.env._("One of the numbers is not written as a phone number: check them."))
        return super()._compute_sanitized_numbers()
