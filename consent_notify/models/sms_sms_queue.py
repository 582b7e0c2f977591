import logging
from functools import partial
from uuid import uuid4

from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL

from ..tools.retry import retry
from ..tools.sms_api import UNKNOWN
from .sms_sms_deliver import Traffic

_logger = logging.getLogger(__name__)

BATCH = 100
WAITING = Domain([("state", "=", "outgoing"), ("to_delete", "!=", True), ("claim", "=", False)])
# As the index below says it.
WAITS = SQL("s.state = 'outgoing' AND s.to_delete IS NOT TRUE AND s.claim IS NULL")


class SmsSms(models.Model):
    """The dispatcher: claim and commit, call the provider, record and commit.

    A text is claimed before the provider is called, so that a crash leaves a claim behind and never a text that
    would be sent again. The claimant holds an advisory lock for as long as it lives: a claim whose lock is free is
    nobody's any more. While requests run in their lanes' threads, this thread claims the next texts and records what
    came; it never waits for the network within a transaction that has written.
    """

    _inherit = "sms.sms"

    claim = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=NO_ACCESS)

    # What waits is found as fast among a million sent texts as among ten.
    _waiting_idx = models.Index("(id) WHERE state = 'outgoing' AND to_delete IS NOT TRUE AND claim IS NULL")

    @api.model
    def _process_queue(self):
        """Send what waits. Called by the core's cron, which `create` triggers."""
        if not self._gate_is_on():
            return super()._process_queue()
        queue = self.sudo()  # sudo: the dispatcher works for every company and user
        traffic = Traffic(uuid4().hex, BATCH)
        self.env["ir.cron"]._commit_progress(0)  # a fresh snapshot: an older one would miss rows or collide
        self._lock(traffic.claim)
        try:
            queue._retry_and_commit(queue._settle_lost_claims_sudo)
            queue._run_sudo(traffic)
            queue._retry_and_commit(queue._wake_sudo)
        except BaseException as error:
            self.env.cr.rollback()  # in a failed transaction the lock could not be given back
            if isinstance(error, Exception):
                queue._give_back_sudo(traffic)
            raise
        finally:
            traffic.close()
            self._unlock(traffic.claim)
            for company_id in traffic.rated:
                self._unlock(f"sms rate {company_id}")
        return None

    def _run_sudo(self, traffic):
        """Claim, send and record until nothing more can be taken or the cron's time is over."""
        seconds, is_alone = True, True
        while True:
            taken, texts, bodies = 0, self, {}
            if seconds:
                taken, texts, bodies = self._retry_and_commit(partial(self._claim_sudo, traffic))
            if texts:
                texts._deliver_sudo(traffic, bodies)
                self.env["ir.cron"]._commit_progress(0)  # ends the reading of numbers: nothing stays open meanwhile
            outcomes, back = traffic.collect(is_hungry=taken and seconds)
            if not seconds:
                back += traffic.take_back()
            if outcomes or back:
                self._retry_and_commit(partial(self._record_sudo, traffic, outcomes, back))
            waiting = self._count_waiting_sudo()
            if is_alone and waiting == BATCH:
                self._call_second_sudo()
                is_alone = False
            seconds = self.env["ir.cron"]._commit_progress(taken, remaining=waiting)
            # What waits and cannot be taken is in another worker's hands.
            if not traffic.is_busy() and (not taken or not waiting or not seconds):
                return

    def _give_back_sudo(self, traffic):
        """After a failure: what was not handed over goes back to the queue, rather than count as unknown."""
        try:
            self._retry_and_commit(partial(self._record_sudo, traffic, [], traffic.take_back()))
        except Exception as error:
            self.env.cr.rollback()
            _logger.error("Claimed texts could not be given back: %s.", type(error).__name__)

    @api.model
    def _call_second_sudo(self):
        """Wake another process: the queue is long."""
        if second := self.env.ref("consent_notify.ir_cron_sms_second", raise_if_not_found=False):
            second._trigger()

    # ------------------------------------------------------------ claim

    @api.model
    def _claim_sudo(self, traffic):
        """Take texts off the queue and past the gate.

        :return: how many were taken, those that passed, and {id: body to send}
        """
        taken = self._take_sudo(traffic)
        texts = self.browse(taken.with_context(sms_at_claim=True)._pass_gate_sudo().ids) if taken else taken
        texts.write({"state": "process", "claim": traffic.claim, "waits_for": False})
        if texts:
            # Committed with the claim, before the call: a worker that dies leaves a row too many, never one too few.
            self.env["phone.access"]._record_texts_sudo(texts)
            texts._count_claimed_sudo()
        return len(taken), texts, texts._live_bodies_sudo()

    @api.model
    def _take_sudo(self, traffic):
        """Return the first texts whose time has come and whose companies' lanes have room, locked."""
        while True:
            full = traffic.full()
            join, others = self._but_of_companies(full)
            self.env.cr.execute(
                SQL(
                    "SELECT s.id FROM sms_sms s %s WHERE %s AND (s.send_after IS NULL OR s.send_after <= %s) %s"
                    " ORDER BY s.id LIMIT %s FOR UPDATE OF s SKIP LOCKED",
                    *(join, WAITS, fields.Datetime.now(), others, traffic.batch),
                )
            )
            found = self.browse([sms_id for (sms_id,) in self.env.cr.fetchall()])
            ids = []
            for company, texts in found.grouped(lambda sms: sms._get_sms_company()).items():
                self._open_lane_sudo(traffic, company)
                ids += texts.ids[: traffic.room(company.id)]
            if ids or not found or traffic.full() == full:
                return self.browse(sorted(ids))

    def _but_of_companies(self, company_ids):
        """Return two pieces of SQL, a join and a condition, that leave out texts of these companies."""
        if not company_ids:
            return SQL(), SQL()
        # As `_get_sms_company` tells it; where another module tells it otherwise, lanes only fill up a little more.
        return (
            SQL(
                "LEFT JOIN mail_message m ON m.id = s.mail_message_id LEFT JOIN consent_code c ON c.id = s.code_id",
            ),
            SQL(
                "AND COALESCE(c.company_id, m.record_company_id, s.record_company_id, %s) <> ALL(%s)",
                self.env.company.id,
                list(company_ids),
            ),
        )

    def _live_bodies_sudo(self):
        """Return {id: body with the live link in place of `[link]`}. Chatter and queue keep the word."""
        links = self.env["consent.link"]._for_sms_sudo(self.filtered(lambda sms: "[link]" in (sms.body or "")))
        return {sms.id: (sms.body or "").replace("[link]", links.get(sms.id) or "").rstrip() for sms in self}

    @api.model
    def _count_waiting_sudo(self):
        """Count what could be sent now; no further than matters, for a long queue is counted often."""
        due = Domain("send_after", "=", False) | Domain("send_after", "<=", fields.Datetime.now())
        return self.search_count(WAITING & due, limit=BATCH)

    @api.model
    def _wake_sudo(self):
        """Run again when the first of the texts that wait for their time may go."""
        now = fields.Datetime.now()
        later = self.search(WAITING & Domain("send_after", ">", now), order="send_after", limit=1)
        if not later:
            return
        cron = self.env.ref("sms.ir_cron_sms_scheduler_action")
        known = (
            Domain("cron_id", "=", cron.id) & Domain("call_at", ">", now) & Domain("call_at", "<=", later.send_after)
        )
        if not self.env["ir.cron.trigger"].search_count(known, limit=1):
            cron._trigger(at=later.send_after)

    @api.model
    def _settle_lost_claims_sudo(self):
        """Mark what a dead worker had claimed: nobody knows whether it was sent, so it is not sent again."""
        self.env.cr.execute("SELECT DISTINCT claim FROM sms_sms WHERE claim IS NOT NULL AND state = 'process'")
        for (claim,) in self.env.cr.fetchall():
            self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [claim])
            if self.env.cr.fetchone()[0]:
                lost = self.search([("claim", "=", claim), ("state", "=", "process")])
                lost.write({"claim": False})
                lost._update_sms_state_and_trackers("error", failure_type=UNKNOWN)
                _logger.warning("%s texts were claimed by a worker that died: they are not sent again.", len(lost))

    # ------------------------------------------------------------ locks and tries

    def _lock(self, name):
        """Hold a lock on `name` for as long as this connection lives."""
        self.env.cr.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])

    def _try_lock(self, name):
        self.env.cr.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        return self.env.cr.fetchone()[0]

    def _unlock(self, name):
        self.env.cr.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])

    @api.model
    def _retry_and_commit(self, step):
        """Return what `step` returns, having committed it; another worker in the way makes it run again."""

        def commit():
            result = step()
            self.env["ir.cron"]._commit_progress(0)
            return result

        return retry(self.env, commit)
