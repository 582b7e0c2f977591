from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models

from .order_update import ARRIVED, UNTOLD

PERIODS = (7, 30, 90)


class OrderUpdate(models.Model):
    """The numbers on a page. By the reader's own rights: a salesperson sees those of own customers."""

    _inherit = "order.update"

    @api.model
    def get_numbers(self, days=30):
        """Return what became of the updates of the last days, for the page of numbers.

        :param int days: one of `PERIODS`
        :return: {"days", "since" (UTC), "states": {state: count}, "reasons": [...], "stages": [...], "each_day": [...],
            "segments", "costs": [...], "minutes": average or False}
        """
        days = days if days in PERIODS else 30
        zone = timezone(self.env.user.tz or "UTC")
        today = fields.Date.context_today(self)
        start = zone.localize(datetime.combine(today - timedelta(days=days - 1), time.min)).astimezone(utc)
        start = start.replace(tzinfo=None)
        since = [("create_date", ">=", start)]
        states = dict(self._read_group(since, ["state"], ["__count"]))
        [(segments, minutes)] = self._read_group(since, [], ["segments:sum", "minutes:avg"])
        return {
            "days": days,
            "since": fields.Datetime.to_string(start),
            "states": {state: states.get(state, 0) for state, _label in self._fields["state"].selection},
            "reasons": self._numbers_by_reason(since),
            "stages": self._numbers_by_stage(since),
            "each_day": self._numbers_by_day(since, today, days),
            "segments": segments or 0,
            "costs": [
                {"currency": currency or "", "price": round(price, 2)}
                for currency, price in self._read_group([*since, ("price", "!=", 0)], ["currency"], ["price:sum"])
            ],
            "minutes": round(minutes, 1) if minutes is not None and minutes is not False else False,
        }

    def _numbers_by_reason(self, since):
        """Return the reasons of what was not told, the commonest first, each with what to do."""
        labels, steps = dict(self._selection_reason()), self._next_steps()
        groups = self._read_group([*since, ("state", "in", UNTOLD)], ["reason"], ["__count"], order="__count DESC")
        return [
            {
                "reason": reason or False,
                "label": labels.get(reason) or self.env._("No reason given"),
                "next_step": steps.get(reason) or self.env._("Call the customer, or try once more."),
                "count": count,
            }
            for reason, count in groups
        ]

    def _numbers_by_stage(self, since):
        told = dict(self._read_group([*since, ("state", "in", ARRIVED)], ["stage_id"], ["__count"]))
        untold = dict(self._read_group([*since, ("state", "in", UNTOLD)], ["stage_id"], ["__count"]))
        return [
            {"id": stage.id, "name": stage.name, "told": told.get(stage, 0), "untold": untold.get(stage, 0)}
            for stage in (self.env["order.update.stage"].concat(*{*told, *untold})).sorted()
        ]

    def _numbers_by_day(self, since, today, days):
        """Return one entry for each day, the quiet ones too."""
        counts = {}
        for kind, states in (("told", ARRIVED), ("untold", UNTOLD)):
            domain = [*since, ("state", "in", states)]
            for day, count in self._read_group(domain, ["create_date:day"], ["__count"]):
                counts[kind, fields.Date.to_string(day)] = count
        every = [fields.Date.to_string(today - timedelta(days=back)) for back in reversed(range(days))]
        return [
            {"day": day, "told": counts.get(("told", day), 0), "untold": counts.get(("untold", day), 0)}
            for day in every
        ]
