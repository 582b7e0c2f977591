from odoo import api, fields, models
from odoo.tools import SQL

from .order_update import UNTOLD


class SaleOrder(models.Model):
    """What the counter's board shows first: the orders whose customer was not told."""

    _inherit = "sale.order"

    is_untold = fields.Boolean("Not Told", compute="_compute_is_untold", search="_search_is_untold", compute_sudo=True)
    untold_count = fields.Integer("Times Not Told", compute="_compute_untold_count")
    update_next_step = fields.Char("Next Step", compute="_compute_is_untold", compute_sudo=True)

    @api.depends("update_stage_id", "update_ids.state", "update_ids.reason")
    @api.depends_context("lang")
    def _compute_is_untold(self):
        for order in self:
            latest = order._updates_of(order.update_stage_id)[:1]
            order.is_untold = latest.state in UNTOLD
            order.update_next_step = latest.next_step

    @api.model
    def _search_is_untold(self, operator, value):
        if operator != "in":
            return NotImplemented
        untold = [("update_status", "in", UNTOLD)]
        if set(value) == {True, False}:
            return []
        return untold if True in value else ["!", *untold]

    @api.depends("update_ids.state")
    def _compute_untold_count(self):
        counts = dict(
            self.env["order.update"]._read_group(
                [("order_id", "in", self.ids), ("state", "in", UNTOLD)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.untold_count = counts.get(order._origin, 0)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "is_untold":
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        self.env["order.update"].flush_model(["order_id", "stage_id", "state"])
        self.flush_model(["update_stage_id"])
        # Not stored: else each receipt of a provider would write on the order that a salesperson edits.
        untold = SQL(
            "EXISTS (SELECT FROM (SELECT u.state FROM order_update u WHERE u.order_id = %s AND u.stage_id = %s"
            " ORDER BY u.id DESC LIMIT 1) u WHERE u.state IN %s)",
            SQL.identifier(alias, "id"),
            SQL.identifier(alias, "update_stage_id"),
            UNTOLD,
        )
        return SQL("%s %s %s", untold, direction, nulls)

    def action_view_untold(self):
        """Open what these customers were not told, with the reasons."""
        action = self.env["ir.actions.act_window"]._for_xml_id("consent_notify.order_update_untold_action")
        return {**action, "domain": [("order_id", "in", self.ids), ("state", "in", UNTOLD)], "context": {}}
