import logging
from functools import partial
from uuid import uuid4

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from ..tools.retry import retry
from ..tools.sms_api import UNKNOWN
from .sms_sms_deliver import Traffic

_logger = logging.getLogger(__name__)

BATCH = 100


class SmsSms(models.Model):
    """The dispatcher: claim and commit, call the provider, record and commit.

    A text is claimed before the provider is called, so that a crash leaves a claim behind and never a text that
    would be sent again. The claimant holds an advisory lock for as long as it lives: a claim whose lock is free is
    nobody's any more. While requests run in their lanes' threads, this thread claims the next texts and records what
    came; it never waits for the network within a transaction that has written.
    """

    _inherit = "sms.sms"

    claim = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=NO_ACCESS)

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
            queue._retry_and_commit(queue._release_sudo)
            queue._run_sudo(traffic)
            queue._retry_and_commit(partial(queue._wake_sudo, traffic))
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
            holds = traffic.take_holds()
            if outcomes or back or holds:
                self._retry_and_commit(partial(self._settle_sudo, traffic, outcomes, back, holds))
            waiting = self._count_waiting_sudo(traffic)
            if is_alone and taken and self._wants_second_sudo(traffic, waiting):
                self._call_second_sudo()
                is_alone = False
            seconds = self.env["ir.cron"]._commit_progress(taken, remaining=waiting)
            # What waits and cannot be taken is in another worker's hands.
            if not traffic.is_busy() and (not taken or not waiting or not seconds):
                if holds := traffic.take_holds(is_over=True):
                    self._retry_and_commit(partial(self._settle_sudo, traffic, [], [], holds))
                return

    @api.model
    def _settle_sudo(self, traffic, outcomes, back, holds):
        """Write what became of claimed texts, and what the provider asked for in general."""
        self.env["sms.hold"]._add_sudo(holds, traffic.digests)
        self._record_sudo(traffic, outcomes, back)

    def _give_back_sudo(self, traffic):
        """After a failure: what was not handed over goes back to the queue, rather than count as unknown."""
        try:
            self._retry_and_commit(partial(self._record_sudo, traffic, [], traffic.take_back()))
        except Exception as error:
            self.env.cr.rollback()
            _logger.error("Claimed texts could not be given back: %s.", type(error).__name__)

    @api.model
    def _wants_second_sudo(self, traffic, waiting):
        """Tell whether the queue is long for two: a provider with a rate has one sender."""
        if traffic.rated:
            waiting = self._count_waiting_sudo(traffic, besides=traffic.rated)
        return waiting == traffic.batch

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

    def _live_bodies_sudo(self):
        """Return {id: body with the live link in place of `[link]`}. Chatter and queue keep the word."""
        links = self.env["consent.link"]._for_sms_sudo(self.filtered(lambda sms: "[link]" in (sms.body or "")))
        return {sms.id: (sms.body or "").replace("[link]", links.get(sms.id) or "").rstrip() for sms in self}

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
