from collections import Counter

from odoo import api, fields, models


class SmsComposer(models.TransientModel):
    """A text about orders: whether it would be sent is told before it is written, not after."""

    _inherit = "sms.composer"

    when_words = fields.Char("When", compute="_compute_order_forecast")
    order_refusal = fields.Char("It Would Not Be Sent", compute="_compute_order_forecast")
    orders_refused = fields.Char("Who Will Not Be Told", compute="_compute_orders_refused")

    def _about_order(self):
        """Return the one order that this text is about, or an empty recordset."""
        orders = self.env["sale.order"]
        if self.res_model != orders._name or self.composition_mode != "comment":
            return orders
        found = self._get_records()
        return found if len(found) == 1 else orders

    @api.depends("res_model", "res_id", "res_ids", "composition_mode", "template_id")
    def _compute_order_forecast(self):
        for composer in self:
            order = composer._about_order()
            if not order or not order.has_access("read"):
                composer.when_words = composer.order_refusal = False
                continue
            purpose = self.env["consent.purpose"]._by_code(composer._purpose_code())
            forecast = order._when_they_will_go_sudo(None, purpose)[order.id]
            composer.when_words, composer.order_refusal = forecast.words, forecast.refusal

    @api.depends("res_model", "res_id", "res_ids", "composition_mode", "template_id")
    def _compute_orders_refused(self):
        for composer in self:
            found = composer._get_records() if composer.res_model == "sale.order" else None
            orders = found._filtered_access("read") if found else self.env["sale.order"]
            composer.orders_refused = composer._refused_words(orders) if len(orders) > 1 else False

    def _refused_words(self, orders):
        """Return how many of the customers of these orders will not be told, and why, in one sentence, or False."""
        labels = dict(self.env["order.update"]._selection_reason())
        refused = Counter({labels["no_purpose"]: len(orders)})
        if code := self._purpose_code():
            forecasts = orders._when_they_will_go_sudo(None, self.env["consent.purpose"]._by_code(code))
            refused = Counter(forecast.refusal for forecast in forecasts.values() if forecast.refusal)
        if not refused:
            return False
        return self.env._(
            "The customers of %(count)s of %(all)s orders will not be told: %(reasons)s.",
            count=refused.total(),
            all=len(orders),
            reasons=", ".join(f"{label} ({count})" for label, count in refused.most_common()),
        )

    def _action_send_sms_comment_single(self, records=None):
        order = self._about_order()
        if order and self.recipient_single_number_itf in ("", False, self.recipient_single_number):
            # To the customer by name, as a bare number would be asked for no answer of this person's own.
            return self._action_send_sms_comment(order)
        return super()._action_send_sms_comment_single(records)
