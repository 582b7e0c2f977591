from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models

BATCH = 100
# A date that passed long ago is no news any more: the first run would bury the shop in to-dos.
RECENT = timedelta(days=14)
# At these stages the customer knows where the order is.
KNOWN = ("ready", "dispatched", "delivered", "cancelled")
TO_DO = "consent_notify.activity_late"


class SaleOrder(models.Model):
    """Orders whose promised day has come without a word: a to-do for the salesperson, once for each date."""

    _inherit = "sale.order"

    late_on = fields.Date(
        "Late Since", readonly=True, copy=False, help="The promised date that a to-do was made for, once."
    )
    is_late = fields.Boolean(compute="_compute_is_late", compute_sudo=True)

    @api.depends("commitment_date", "state", "update_stage_id")
    def _compute_is_late(self):
        for order in self:
            today = fields.Date.context_today(order.with_context(tz=order.company_id._tz(order.env.user)))
            order.is_late = bool(
                order.state == "sale"
                and order.update_stage_code not in KNOWN
                and (due := order._due_date())
                and due <= today
            )

    def write(self, vals):
        moved = self.filtered(
            lambda order: (
                "commitment_date" in vals
                and order.commitment_date != (fields.Datetime.to_datetime(vals["commitment_date"]) or False)
            )
        )
        result = super().write(vals)
        if moved:
            moved.filtered("late_on").late_on = False
            moved._forget_late()
            moved._remind_late_sudo()
        if {"update_stage_id", "state"} & vals.keys():
            self.filtered(lambda order: order.late_on and not order.is_late)._forget_late()
        return result

    def _forget_late(self):
        """Take back the to-dos: a new date was promised, or the customer knows more by now."""
        # sudo: whoever moves the order may not be the one who has the to-do
        self.sudo().activity_unlink([TO_DO])

    def _remind_late_sudo(self):
        """Make the to-do of each order that is late and has none for its date."""
        for order in self.sudo().filtered(lambda order: order.is_late and not order.late_on):
            owner = order.company_id._owner_of_work(order.user_id)
            order.late_on = order._due_date()
            order.with_context(lang=owner.lang).activity_schedule(
                TO_DO,
                user_id=owner.id,
                summary=order.with_context(lang=owner.lang).env._("Tell the customer: the promised day has come"),
                note=order.with_context(lang=owner.lang).env._(
                    "The order was promised for this day, and the customer has heard nothing since. Press “Ready” if it"
                    " can be collected, or “Delayed” to promise another day: the text is written already."
                ),
            )

    @api.model
    def _remind_all_late(self):
        """Look at all companies' orders, a batch and a commit at a time. A day begins at another hour in each shop."""
        orders = self.sudo()  # sudo: the cron works for every company
        while True:
            batch = orders.search(orders._late_domain(), limit=BATCH, order="id")
            batch._remind_late_sudo()
            # Should the domain ever find an order that is not late, it is not looked at for ever.
            batch.filtered(lambda order: not order.late_on).late_on = fields.Date.today()
            left = orders.search_count(orders._late_domain(), limit=BATCH)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left) or not left:
                return

    @api.model
    def _late_domain(self):
        """Return the domain of orders that are late by their company's calendar and have no to-do for it yet."""
        domains = []
        for company in self.env["res.company"].search([("active", "=", True)]):
            zone = timezone(company._tz(self.env.user))
            now = fields.Datetime.now()
            today = utc.localize(now).astimezone(zone).date()
            tomorrow = zone.localize(datetime.combine(today + timedelta(days=1), time.min))
            domains.append(
                fields.Domain(
                    [
                        ("company_id", "=", company.id),
                        ("commitment_date", "<", tomorrow.astimezone(utc).replace(tzinfo=None)),
                        ("commitment_date", ">=", now - RECENT),
                    ]
                )
            )
        waiting = fields.Domain(
            [("state", "=", "sale"), ("late_on", "=", False), "!", ("update_stage_id.code", "in", KNOWN)]
        )
        return waiting & fields.Domain.OR(domains)

    # ------------------------------------------------------------ the button

    def _moment_on(self, day):
        """Return the moment (UTC) to promise for `day`: at the hour that was promised before, by the shop's clock."""
        zone = self.company_id._tz(self.env.user)
        order = self.with_context(tz=zone)
        local = fields.Datetime.context_timestamp(order, self.commitment_date or fields.Datetime.now())
        moment = timezone(zone).localize(datetime.combine(day, local.time()))
        return moment.astimezone(utc).replace(tzinfo=None)

    def action_delay(self):
        """Open the new date with the words that will tell it."""
        self.ensure_one()
        return self.env["order.update.delay"]._open(self)
