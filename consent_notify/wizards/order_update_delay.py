from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class OrderUpdateDelay(models.TransientModel):
    """A new date for an order, beside the text that will tell it: one button sends both on their way."""

    _name = "order.update.delay"
    _description = "Promise Another Day"
    _transient_max_hours = 1.0

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    before = fields.Char("Promised Until Now", compute="_compute_words")
    date = fields.Date("New Day", required=True)
    words = fields.Text("The Customer Will Read", compute="_compute_words")
    size = fields.Char(compute="_compute_words")
    when = fields.Char(compute="_compute_words")
    refusal = fields.Char(compute="_compute_words")

    @api.model
    def _open(self, order):
        order.check_access("write")
        if order.state != "sale":
            raise UserError(self.env._("Only a confirmed order can be delayed: confirm it first."))
        today = fields.Date.context_today(self)
        delay = self.create({"order_id": order.id, "date": max(order._due_date() or today, today) + timedelta(days=2)})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Another day for %(order)s", order=order.name),
            "res_model": self._name,
            "res_id": delay.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.depends("order_id", "date")
    def _compute_words(self):
        for delay in self:
            if not delay.order_id.has_access("read"):  # a wizard's row may name any order
                delay.before = delay.words = delay.size = delay.when = delay.refusal = False
                continue
            delay.before = delay.order_id.update_due
            order = delay.order_id.with_context(preview_stage="delayed", update_due_on=delay.date or None)
            delay.words, delay.size = order.preview_words, order.preview_size
            delay.when, delay.refusal = order.preview_when, order.preview_refusal

    def action_tell(self):
        """Promise the new day and move the order to "delayed": its automated action tells the customer."""
        self.ensure_one()
        order = self.order_id
        if self.date <= fields.Date.context_today(self):
            raise UserError(self.env._("The new day is to come: choose a later one."))
        stage = self.env["order.update.stage"]._for(order.company_id, "delayed")
        # Both at once, so that the customer is told once. Without such a stage the day moves, and nobody is told.
        vals = {"commitment_date": order._moment_on(self.date)}
        order.write(vals | ({"update_stage_id": stage.id} if stage else {}))
        return {"type": "ir.actions.act_window_close"}
