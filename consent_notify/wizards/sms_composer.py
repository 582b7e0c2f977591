from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.marks import SmsPurpose
from ..tools.phone import BULLET, handle_code

# What a number that was set aside belongs to.
WHOSE = ("res_model", "res_id", "res_ids", "number_field_name")


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    # Rows of a wizard stay for hours, in dumps as well.
    recipient_single_number_itf = fields.Char(sealed=True)
    numbers = fields.Char(sealed=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            shown = vals.get("recipient_single_number_itf") or ""
            if BULLET in shown:
                # The form shows the mask of the document's number and sends it back. The vault may not hold that
                # number: the document may be of an app that keeps its own unsealed.
                number = self.new({**vals, "recipient_single_number_itf": False}).recipient_single_number
                if number and self.env["phone.vault"]._mask(number) == shown.split(" #")[0]:
                    vals["recipient_single_number_itf"] = number
        return super().create(vals_list)

    def write(self, vals):
        """Keep a number with the document it was taken from: else another one would take it in its place."""
        for composer in self.filtered("recipient_single_number_itf"):
            # The core finds the field out when it finds the number out.
            fixed = [name for name in WHOSE if name in vals and (composer[name] or name != "number_field_name")]
            if any((vals[name] or False) != (composer[name] or False) for name in fixed):
                raise UserError(self.env._("This text is for another document: open it from the contact again."))
        return super().write(vals)

    @api.depends("numbers", "res_model", "res_id")
    def _compute_sanitized_numbers(self):
        # The core's refusal repeats the numbers, and refusals are logged.
        for composer in self.filtered("numbers"):
            record = composer._get_records() if composer.res_model and composer.res_id else self.env.user
            if not all(record._phone_format(number=number.strip()) for number in composer.numbers.split(",")):
                raise UserError(self.env._("One of the numbers is not written as a phone number: check them."))
        return super()._compute_sanitized_numbers()

    def _action_send_sms_comment_single(self, records=None):
        """Let a corrected number go into a phone field only: any other column would show it to everybody."""
        records = records if records is not None else self._get_records()
        field = records._fields.get(self.number_field_name)
        if field is not None and not field.sealed and field.name not in records._phone_get_number_fields():
            raise UserError(self.env._("A number belongs into a phone field: open the text from the contact again."))
        if field is not None and self.recipient_single_number_itf not in ("", False, self.recipient_single_number):
            self._note_corrected(records, field)
        return super()._action_send_sms_comment_single(records)

    def _note_corrected(self, records, field):
        """Refuse to put a customer's number on a colleague, and note one that is taken from another contact."""
        vault, number = self.env["phone.vault"], self.recipient_single_number_itf
        if self.env["res.partner"]._is_customers_sudo(number, records):
            vault._assert_no_colleague(field, records)
        code = handle_code(vault._handle(number))
        bearer, _text = vault._bearers([code], field).get(code, (None, None))
        if bearer and bearer != records:
            self.env["phone.access"]._note_copy_sudo(bearer, code, records, records._name)

    def _action_send_sms(self):
        if not isinstance(self.env.context.get("sms_purpose_code"), SmsPurpose):
            # Also where there is none: else each text would take the purpose of the document that notes it.
            self = self.with_context(sms_purpose_code=SmsPurpose(self._purpose_code() or ""))
        return super()._action_send_sms()

    def _purpose_code(self):
        """Return the purpose of what is composed, or None.

        It is that of its template, if made for such records; a word about one document has the document's own. What
        goes to many at once has none by itself, for it may be about anything; a mailing is always an offer.
        """
        template = self.template_id.sudo()  # sudo: any user may send by a template
        purpose = template.purpose_id if template.model == self.res_model else template.purpose_id.browse()
        if self._is_mailing():
            return purpose.code if purpose.purpose_class == "marketing" else "offer_sms"
        if purpose:
            return purpose.code
        is_about_one = self.composition_mode == "comment" and len(self._get_records() or ()) == 1
        return self.env["sms.sms"]._purpose_by_model().get(self.res_model) if is_about_one else None

    def _is_mailing(self):
        """Tell whether this goes to many as an advertisement; the addon for SMS Marketing knows."""
        return False
