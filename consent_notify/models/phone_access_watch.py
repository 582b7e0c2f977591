import logging
import re
from collections import defaultdict
from datetime import timedelta
from functools import partial

import pytz

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from .phone_access import CALLS_AN_HOUR

_logger = logging.getLogger(__name__)

OPENING = ("show", "call")
# pattern: (doors, hours that are looked at together, whether rows or numbers count, parameter, more than by default)
LIMITS = {
    "opened": (OPENING, 1, "count", "consent_notify.watch_opened", 10),
    "exported": (("export",), 24, "count", "consent_notify.watch_exported", 100),
    "password": (("password",), 1, "1", "consent_notify.watch_passwords", 4),
    "looked_up": (("look_up",), 1, "1", None, CALLS_AN_HOUR - 1),
}
HOURS, HOURS_DEFAULT = "consent_notify.watch_hours", "7-21"
HOURS_FORM = re.compile(r"\s*(\d{1,2})\s*[-–]\s*(\d{1,2})\s*")
WATCHED = {"show", "call", "export", "look_up", "password"}
PASSWORDS_KEPT = 20  # an hour and account: whoever tries thousands must not fill the log
DAY = timedelta(days=1)


def parse_hours(text):
    """Return the first hour and the hour after the last of "7-21", or None if that is no such text."""
    match = HOURS_FORM.fullmatch(text or "")
    first, last = map(int, match.groups()) if match else (0, 0)
    return (first, last) if first < last <= 24 else None


class PhoneAccess(models.Model):
    """The log is watched: at once when a row was written, and once a day over all of it."""

    _inherit = "phone.access"

    @api.model
    def _record_all_sudo(self, door, rows, **common):
        accesses = super()._record_all_sudo(door, rows, **common)
        if door in WATCHED:
            # When the look is certain: what fails or waits here must not close a door, nor hold it open.
            hooks = self.env.cr.postcommit
            if not (waiting := hooks.data.setdefault("consent_notify_watch", set())):
                hooks.add(partial(self._watch_soon, self.env.registry, waiting))
            waiting.update(accesses.mapped("user_ref"))
        return accesses

    @staticmethod
    def _watch_soon(registry, users):
        try:
            with registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["phone.access"]._watch_sudo(users)
        except Exception as error:
            # Its text may hold what a row holds; the daily run looks again.
            _logger.error("The access log could not be watched: %s.", type(error).__name__)

    @api.model
    def _watch_sudo(self, users=None, now=None):
        """Raise an alert for each unusual pattern of the last day; return the alerts that are new.

        :param users: ids of the users to look at, all by default
        """
        now = now or fields.Datetime.now()
        self.flush_model()
        whose = SQL("AND user_ref = ANY(%s)", list(users)) if users is not None else SQL()
        found = [values for pattern in LIMITS for values in self._beyond(pattern, now, whose)]
        return self.env["phone.access.alert"].sudo()._raise_sudo(found + self._off_hours(now, whose))

    @api.model
    def _beyond(self, pattern, now, whose):
        """Return what one pattern finds: of each user and day the most within its hours, if that is too many."""
        doors, hours, counted, parameter, limit = LIMITS[pattern]
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT ON (user_ref, time::date) time, user_ref, login, company_id, total::int
                  FROM (SELECT time, user_ref, login, company_id,
                               sum(%(counted)s) OVER (PARTITION BY user_ref ORDER BY time
                                                      RANGE BETWEEN %(hours)s * interval '1 hour' PRECEDING
                                                            AND CURRENT ROW) AS total
                          FROM phone_access
                         WHERE door IN %(doors)s AND time > %(first)s AND time <= %(now)s %(whose)s) summed
                 WHERE total > %(limit)s AND time > %(since)s
              ORDER BY user_ref, time::date, total DESC, time DESC
                """,
                counted=SQL.identifier(counted) if counted == "count" else SQL(counted),
                hours=hours,
                doors=doors,
                first=now - DAY - timedelta(hours=hours),
                since=now - DAY,
                now=now,
                whose=whose,
                limit=self._watch_limit(parameter, limit),
            )
        )
        return [
            {"time": time, "user_ref": user, "login": login, "company_id": company, "pattern": pattern, "count": total}
            for time, user, login, company, total in self.env.cr.fetchall()
        ]

    @api.model
    def _off_hours(self, now, whose):
        """Return who opened or exported numbers outside the working hours, by the clock of the shop."""
        first, last = self._watch_hours()
        self.env.cr.execute(
            SQL(
                "SELECT date_trunc('minute', time), max(time), user_ref, max(login), company_id, sum(count)::int"
                " FROM phone_access WHERE door IN %s AND time > %s AND time <= %s %s GROUP BY 1, 3, 5 ORDER BY 1",
                (*OPENING, "export"),
                now - DAY,
                now,
                whose,
            )
        )
        rows = self.env.cr.fetchall()
        zones = self._watch_zones({company for *_rest, company, _count in rows if company})
        found = defaultdict(lambda: {"count": 0})
        for minute, time, user, login, company, count in rows:
            local = pytz.utc.localize(minute).astimezone(zones.get(company, pytz.utc))
            if not first <= local.hour < last:
                values = found[user, time.date()]
                values.update(time=time, user_ref=user, login=login, company_id=company, pattern="off_hours")
                values["count"] += count
        return list(found.values())

    @api.model
    def _watch_zones(self, company_ids):
        companies = self.env["res.company"].sudo().browse(company_ids)  # sudo: the clock of each shop
        root = self.env.ref("base.user_admin", raise_if_not_found=False)
        spare_sudo = root and root.sudo()  # sudo: only whose clock the shop goes by, if it says none
        return {each.id: pytz.timezone(each._tz(spare_sudo)) for each in companies}

    @api.model
    def _watch_limit(self, parameter, default):
        text = parameter and self.env["ir.config_parameter"].sudo().get_param(parameter)  # sudo: a threshold
        return int(text) if (text or "").isdecimal() else default

    @api.model
    def _watch_hours(self):
        text = self.env["ir.config_parameter"].sudo().get_param(HOURS)  # sudo: a threshold
        return parse_hours(text) or parse_hours(HOURS_DEFAULT)

    # ------------------------------------------------------------ wrong passwords

    @api.model
    def _note_wrong_password_sudo(self, user):
        """Write that somebody gave a wrong password for an account that may see whole numbers.

        On a cursor of its own: the request that failed is rolled back.
        """
        if not user or not user.has_group("consent_notify.group_officer"):
            return
        try:
            with self.env.registry.cursor() as cr:
                self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._write_wrong_password_sudo(user)
        except Exception as error:
            # Whoever gave it is refused in any case.
            _logger.error("A wrong password could not be noted in the access log: %s.", type(error).__name__)

    @api.model
    def _write_wrong_password_sudo(self, user):
        self.env.cr.execute(
            "SELECT count(*) FROM phone_access WHERE user_ref = %s AND door = 'password' AND time > %s",
            [user.id, fields.Datetime.now() - timedelta(hours=1)],
        )
        if self.env.cr.fetchone()[0] < PASSWORDS_KEPT:
            who = self._who(self.env["res.users"].browse(user.id))
            self._record_all_sudo("password", [{**who, "company_id": user.company_id.id, "count": 0}])
