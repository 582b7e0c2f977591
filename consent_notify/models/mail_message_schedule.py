import json

from odoo import api, fields, models

from ..tools.takeover import split_numbers


class MailMessageSchedule(models.Model):
    """A message for later carries the numbers it goes to: they wait sealed, apart from the other parameters."""

    _inherit = "mail.message.schedule"

    sms_parameters = fields.Char(sealed=True, readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            parameters, numbers = split_numbers(vals.get("notification_parameters"))
            if numbers:
                vals["notification_parameters"] = parameters
                vals["sms_parameters"] = numbers
        return super().create(vals_list)

    def _send_notifications(self, default_notify_kwargs=None):
        numbered = self.filtered("sms_parameters")
        for schedule in numbered:
            numbers = json.loads(schedule.sms_parameters)
            if by_partner := numbers.get("sms_pid_to_number"):
                # JSON made the ids texts, and the core would not find the numbers by them.
                numbers["sms_pid_to_number"] = {int(partner): number for partner, number in by_partner.items()}
            super(MailMessageSchedule, schedule)._send_notifications({**(default_notify_kwargs or {}), **numbers})
        rest = self - numbered
        return super(MailMessageSchedule, rest)._send_notifications(default_notify_kwargs) if rest else True
