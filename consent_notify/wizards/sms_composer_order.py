from odoo import api, fields, models


class SmsComposer(models.TransientModel):
    """A text about one order: whether it would be sent is told before it is written, not after."""

    _inherit = "sms.composer"

    order_refusal = fields.Char("It Would Not Be Sent", compute="_compute_order_refusal")

    def _about_order(self):
        """Return the order that this text is about, or an empty recordset."""
        orders = self.env["sale.order"]
        return orders.browse(self.res_id) if self.res_model == orders._name and self.res_id else orders

    @api.depends("res_model", "res_id", "template_id")
    def _compute_order_refusal(self):
        for composer in self:
            order = composer._about_order()
            if not order or not order.has_access("read"):
                composer.order_refusal = False
                continue
            purpose = self.env["consent.purpose"].sudo()._by_code(composer._purpose_code())  # sudo: its words only
            composer.order_refusal = order._forecasts_sudo(purpose)[order.id][0]

    def _action_send_sms_comment_single(self, records=None):
        order = self._about_order()
        if order and self.recipient_single_number_itf in ("", False, self.recipient_single_number):
            # To the customer by name, as a bare number would be asked for no answer of this person's own.
            return self._action_send_sms_comment(order)
        return super()._action_send_sms_comment_single(records)
