from odoo import api, fields, models
from odoo.tools import SQL

HANDSET = "minutes:avg"


class OrderUpdate(models.Model):
    """Whose customer it was, what the text cost and how long it took: the columns of the reports."""

    _inherit = "order.update"

    user_id = fields.Many2one(
        "res.users", "Salesperson", related="order_id.user_id", store=True, index="btree_not_null"
    )
    segments = fields.Integer(
        "SMS, as Providers Count", readonly=True, help="Counted when it leaves; by the provider, where it tells."
    )
    price = fields.Float("Cost", digits=(16, 5), readonly=True, help="What the provider charged, in its currency.")
    currency = fields.Char("Currency of the Cost", readonly=True)
    minutes = fields.Float(
        "Minutes to the Handset",
        compute="_compute_minutes",
        store=True,
        aggregator="avg",
        help="From the stage to the handset, including the wait for a decent hour. Only texts that arrived count.",
    )

    @api.depends("create_date", "delivered_at")
    def _compute_minutes(self):
        for update in self:
            arrived = update.delivered_at and update.create_date
            update.minutes = (update.delivered_at - update.create_date).total_seconds() / 60 if arrived else 0

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == HANDSET:
            # An average over texts that never arrived would make the shop look faster than it is.
            minutes = self._field_to_sql(self._table, "minutes", query)
            arrived = self._field_to_sql(self._table, "delivered_at", query)
            return SQL("AVG(%s) FILTER (WHERE %s IS NOT NULL)", minutes, arrived)
        return super()._read_group_select(aggregate_spec, query)
