from odoo import api, fields, models
from odoo.tools import SQL

HANDSET = "minutes:avg"


class OrderUpdate(models.Model):
    """What a text cost, how long it took, and what to do about one that failed: the columns of the reports."""

    _inherit = "order.update"

    user_id = fields.Many2one(
        "res.users", "Salesperson", related="order_id.user_id", store=True, index="btree_not_null"
    )
    segments = fields.Integer("SMS Billed", readonly=True, help="As the provider bills it. Empty until it tells.")
    price = fields.Float("Cost", digits=(16, 5), readonly=True, help="What the provider charged, in its currency.")
    currency = fields.Char("Currency of the Cost", readonly=True)
    minutes = fields.Float(
        "Minutes to the Handset",
        compute="_compute_minutes",
        store=True,
        aggregator="avg",
        help="From the stage to the handset, including the wait for a decent hour. Only texts that arrived count.",
    )
    next_step = fields.Char(compute="_compute_next_step")

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

    @api.depends("state", "reason")
    @api.depends_context("lang")
    def _compute_next_step(self):
        steps = self._next_steps()
        for update in self:
            if update.state in ("refused", "failed"):
                update.next_step = steps.get(update.reason) or self.env._("Call the customer, or try once more.")
            else:
                update.next_step = False

    @api.model
    def _next_steps(self):
        """Return {failure type: what staff can do}. Of a reason that is not here, nothing better is known."""
        another_number = self.env._("Ask for another number: this one takes no texts.")
        ask = self.env._("Ask the customer at the next chance, then press “Tell again”.")
        respect = self.env._("The customer said no: tell them in person or by e-mail.")
        account = self.env._("Ask a manager to look at the SMS settings, then press “Tell again”.")
        return {
            "consent_missing": ask,
            "consent_expired": ask,
            "consent_unconfirmed": self.env._("Ask the customer to type in the code they got, or record their answer."),
            "consent_refused": respect,
            "consent_withdrawn": respect,
            "sms_blacklist": respect,
            "sms_optout": respect,
            "minor": self.env._("No offers to a person under age: nothing to do."),
            "sms_number_missing": self.env._("Ask for a number and whether it may be used, then press “Tell again”."),
            "sms_number_format": another_number,
            "sms_invalid_destination": another_number,
            "sms_not_allowed": another_number,
            "sms_rejected": another_number,
            "sms_not_delivered": self.env._("Call the customer: the phone may be off or out of reach."),
            "sms_expired": self.env._("Call the customer: the phone was off for too long."),
            "no_purpose": self.env._("Ask a manager to choose a purpose for the template of this stage."),
            "no_provider": account,
            "twilio_authentication": account,
            "twilio_from_missing": account,
            "sms_country_not_supported": another_number,
            "sms_credit": self.env._("Ask a manager to top up the account, then press “Tell again”."),
            "sms_server": self.env._("The provider was not to be reached: press “Tell again” later."),
            "sms_acc": account,
            "sms_registration_needed": account,
            "outcome_unknown": self.env._("Nobody knows whether it arrived: ask the customer, do not text again."),
        }
