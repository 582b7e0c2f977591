import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import phone
from ..tools.drivers.lane import PAUSE

WAITING = Domain([("state", "=", "outgoing"), ("to_delete", "!=", True), ("claim", "=", False)])
# As the index below says it.
WAITS = SQL("s.state = 'outgoing' AND s.to_delete IS NOT TRUE AND s.claim IS NULL")
DUE = SQL("COALESCE(s.send_after, s.create_date - interval '1 hour', '-infinity'::timestamp)")
# Whose text it is, as `_get_sms_company` tells it; where another module tells it otherwise, lanes only fill up a little
# more. %s: the company of those that say none.
COMPANY = "COALESCE(c.company_id, m.record_company_id, s.record_company_id, %s)"
JOINS = SQL("LEFT JOIN mail_message m ON m.id = s.mail_message_id LEFT JOIN consent_code c ON c.id = s.code_id")
# When to look again for texts of a company that another worker sends for: it may have ended just before they came.
AGAIN = timedelta(seconds=10)
# Seconds for which a search that found no text of others is good, while lanes are busy: it reads the whole queue.
BARREN = 1.0


class SmsSms(models.Model):
    """Which texts a run of the dispatcher may take off the queue."""

    _inherit = "sms.sms"

    # What may go now is found as fast among a million sent or waiting texts as among ten, in the order in which it
    # became due. What never had to wait, such as a code, has an hour's start on the backlog of the night; yet what had
    # to does not stand behind all that comes meanwhile.
    _waiting_idx = models.Index(
        "((COALESCE(send_after, create_date - interval '1 hour', '-infinity'::timestamp)), id)"
        " WHERE state = 'outgoing' AND to_delete IS NOT TRUE AND claim IS NULL"
    )

    @api.model
    def _take_sudo(self, traffic):
        """Return the first texts whose time has come and whose companies' lanes have room, locked."""
        traffic.heed(self.env["sms.hold"]._in_force_sudo())
        while True:
            full = traffic.full()
            if full and not self._companies_but(full):
                return self.browse()  # else all that waits would be looked through, to find nothing
            key = frozenset(full)
            if full and traffic.is_busy() and traffic.barren.get(key, 0.0) > time.monotonic():
                return self.browse()  # a moment ago nobody else had a text
            join, others = self._but_for(full, traffic.holds)
            self.env.cr.execute(
                SQL(
                    "SELECT s.id FROM sms_sms s %s WHERE %s AND %s %s"
                    " ORDER BY %s, s.id LIMIT %s FOR UPDATE OF s SKIP LOCKED",
                    *(join, WAITS, is_due(fields.Datetime.now()), others, DUE, traffic.batch),
                )
            )
            found = self.browse([sms_id for (sms_id,) in self.env.cr.fetchall()])
            found.mail_message_id.fetch(["record_company_id", "model", "res_id"])
            if not found:
                traffic.barren[key] = time.monotonic() + BARREN
            ids, traffic.companies = [], {}
            for company, texts in found.grouped(lambda sms: sms._get_sms_company()).items():
                self._open_lane_sudo(traffic, company)
                ids += texts.ids[: traffic.room(company.id)]
                traffic.companies.update(dict.fromkeys(texts.ids, company.id))
            if ids or not found or traffic.full() == full:
                return self.browse(ids)

    @api.model
    def _count_waiting_sudo(self, traffic=None, besides=(), most=100):
        """Count what a run could still take; no further than matters, for a long queue is counted often.

        :param traffic: the run: what is held or in another worker's hands does not count
        :param besides: ids of further companies that do not count
        """
        barred = {*besides, *(traffic.barred() if traffic else ())}
        if barred and not self._companies_but(barred):
            return 0
        join, others = self._but_for(barred, traffic.holds if traffic else {})
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM (SELECT FROM sms_sms s %s WHERE %s AND %s %s LIMIT %s) w",
                *(join, WAITS, is_due(fields.Datetime.now()), others, traffic.batch if traffic else most),
            )
        )
        return self.env.cr.fetchone()[0]

    def _companies_but(self, company_ids):
        """Tell whether there are other companies than these."""
        companies = self.env["res.company"].with_context(active_test=False)
        return bool(companies.search_count([("id", "not in", list(company_ids))], limit=1))

    def _but_for(self, company_ids, holds):
        """Return two pieces of SQL, a join and a condition, that leave out what must not be taken.

        :param company_ids: whose texts
        :param holds: {company id: {beginning of a number: seconds}}: whose texts to numbers of that country
        """
        regions = held_regions(holds)
        if not company_ids and not regions:
            return SQL(), SQL()
        company = SQL(COMPANY, self.env.company.id)
        conditions = SQL("AND %s <> ALL(%s)", company, list(company_ids))
        if not regions:
            return JOINS, conditions
        ids, names = zip(*regions, strict=True)
        return (
            SQL("%s LEFT JOIN phone_vault v ON v.token = s.number", JOINS),
            SQL(
                "%s AND (%s, COALESCE(v.region, '')) NOT IN (SELECT * FROM unnest(%s::int[], %s::varchar[]))",
                *(conditions, company, list(ids), list(names)),
            ),
        )

    # ------------------------------------------------------------ when to look again

    @api.model
    def _release_sudo(self):
        """Let texts go that were put off for an account which somebody has mended; tell whether there was one."""
        mended = self.env["sms.hold"]._clean_up_sudo()
        if not mended:
            return False
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "SELECT s.id FROM sms_sms s %s"
                " WHERE %s AND s.send_after > %s AND s.waits_for = 'retry' AND %s = ANY(%s)",
                *(JOINS, WAITS, now, SQL(COMPANY, self.env.company.id), mended),
            )
        )
        texts = self.browse([sms_id for (sms_id,) in self.env.cr.fetchall()])
        texts.write({"send_after": False, "waits_for": False})
        return True

    @api.model
    def _wake_sudo(self, traffic):
        """Run again when the first of the texts that wait for their time may go, or an account again gets texts."""
        cron = self.env.ref("sms.ir_cron_sms_scheduler_action")
        if self._release_sudo():
            cron._trigger()  # mended while this run still used the old settings
            return
        now = fields.Datetime.now()
        later = self.search(WAITING & Domain("send_after", ">", now), order="send_after", limit=1)
        moments = [later.send_after, self.env["sms.hold"]._next_end_sudo(), traffic.locked_out and now + AGAIN]
        if not any(moments):
            return
        first = min(filter(None, moments))
        known = Domain("cron_id", "=", cron.id) & Domain("call_at", ">", now) & Domain("call_at", "<=", first)
        if not self.env["ir.cron.trigger"].search_count(known, limit=1):
            cron._trigger(at=first)


def is_due(now):
    """Return the condition that a text's time has come.

    PostgreSQL writes `create_date`, in fractions of a second and by its own clock: only `send_after` is held to ours.
    """
    return SQL(
        "%s <= GREATEST(%s, statement_timestamp() AT TIME ZONE 'UTC') AND (s.send_after IS NULL OR s.send_after <= %s)",
        *(DUE, now, now),
    )


def held_regions(holds):
    """Return [(company id, two-letter region)] of {company id: {beginning of a number: seconds}}."""
    return [
        (company_id, region)
        for company_id, prefixes in holds.items()
        for prefix in prefixes
        if prefix
        for region in phone.regions(prefix)
    ]


def held_companies(holds):
    """Return the ids of the companies that send nothing for longer than a lane itself would wait."""
    return {company_id for company_id, prefixes in holds.items() if prefixes.get("", 0.0) > PAUSE}
