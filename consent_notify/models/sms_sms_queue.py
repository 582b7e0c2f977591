import logging
from functools import partial
from uuid import uuid4

from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL, groupby, split_every
from odoo.tools.urls import urljoin

from ..tools.retry import retry
from ..tools.sms_api import ONE, UNKNOWN, GatePass, NoAnswer

_logger = logging.getLogger(__name__)

BATCH = 100
WAITING = Domain([("state", "=", "outgoing"), ("to_delete", "!=", True), ("claim", "=", False)])


class SmsSms(models.Model):
    """The dispatcher: claim and commit, call the provider, record and commit.

    A text is claimed before the provider is called, so that a crash leaves a claim behind and never a text that
    would be sent again. The claimant holds an advisory lock for as long as it lives: a claim whose lock is free is
    nobody's any more.
    """

    _inherit = "sms.sms"

    claim = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=NO_ACCESS)

    @api.model
    def _process_queue(self):
        """Send what waits. Called by the core's cron, which `create` triggers."""
        if not self._gate_is_on():
            return super()._process_queue()
        queue = self.sudo()  # sudo: the dispatcher works for every company and user
        claim = uuid4().hex
        self.env["ir.cron"]._commit_progress(0)  # a fresh snapshot: an older one would miss rows or collide
        self.env.cr.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [claim])
        try:
            queue._retry_and_commit(queue._settle_lost_claims_sudo)
            while True:
                taken, texts, bodies = queue._retry_and_commit(partial(queue._claim_sudo, claim))
                if texts:
                    texts._deliver_sudo(bodies)
                waiting = queue._count_waiting_sudo()
                seconds = self.env["ir.cron"]._commit_progress(taken, remaining=waiting)
                # What waits and cannot be taken is in another worker's hands.
                if not taken or not waiting or not seconds:
                    queue._retry_and_commit(queue._wake_sudo)
                    return None
        except BaseException:
            self.env.cr.rollback()  # in a failed transaction the lock could not be given back
            raise
        finally:
            self.env.cr.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [claim])

    # ------------------------------------------------------------ claim

    @api.model
    def _claim_sudo(self, claim):
        """Take texts off the queue under `claim` and past the gate.

        :return: how many were taken, those that passed, and {id: body to send}
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM sms_sms WHERE state = 'outgoing' AND to_delete IS NOT TRUE AND claim IS NULL"
                " AND (send_after IS NULL OR send_after <= %s) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
                *(fields.Datetime.now(), BATCH),
            )
        )
        taken = self.browse([sms_id for (sms_id,) in self.env.cr.fetchall()])
        texts = taken._pass_gate_sudo() if taken else taken
        texts.write({"state": "process", "claim": claim})
        if texts:
            # Committed with the claim, before the call: a worker that dies leaves a row too many, never one too few.
            self.env["phone.access"]._record_texts_sudo(texts)
            self._count_claimed_sudo(texts)
        return len(taken), texts, texts._live_bodies_sudo()

    def _live_bodies_sudo(self):
        """Return {id: body with the live link in place of `[link]`}. Chatter and queue keep the word."""
        links = self.env["consent.link"]._for_sms_sudo(self)
        return {sms.id: (sms.body or "").replace("[link]", links.get(sms.id) or "").rstrip() for sms in self}

    @api.model
    def _count_waiting_sudo(self):
        """Count what could be sent now."""
        due = Domain("send_after", "=", False) | Domain("send_after", "<=", fields.Datetime.now())
        return self.search_count(WAITING & due)

    @api.model
    def _wake_sudo(self):
        """Run again when the first of the texts that wait for their time may go."""
        later = self.search(WAITING & Domain("send_after", ">", fields.Datetime.now()), order="send_after", limit=1)
        if later:
            self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger(at=later.send_after)

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

    # ------------------------------------------------------------ deliver and record

    def _deliver_sudo(self, bodies):
        """Call the provider of each company and record what it answers, with a commit after each call."""
        for company, texts in self.grouped(lambda sms: sms._get_sms_company()).items():
            env = texts.with_company(company).with_context(sms_gate_pass=GatePass()).env
            api_class = company.with_env(env)._get_sms_api_class()
            for ids in split_every(getattr(api_class, "BATCH", ONE), texts.ids):
                batch = texts.browse(ids)
                results = batch.with_env(env)._call_provider(api_class, company, bodies)
                batch._retry_and_commit(partial(batch._record_sudo, api_class, results))

    def _call_provider(self, api_class, company, bodies):
        """Return what the provider says of these texts: {uuid: result}. Never raises: a claim has to be settled."""
        try:
            driver = api_class(self.env)
            driver._set_company(company.with_env(self.env))
            messages = [
                {"content": body, "numbers": [{"number": sms.number, "uuid": sms.uuid} for sms in texts]}
                for body, texts in groupby(self, key=lambda sms: bodies[sms.id])
            ]
            reports = urljoin(company.get_base_url(), "/sms/status")
            results = driver._send_sms_batch(messages, delivery_reports_url=reports)
            # What a driver wrote stays, whatever becomes of our own record of it.
            self.env["ir.cron"]._commit_progress(0)
            return {result["uuid"]: result for result in results}
        except NoAnswer as error:
            state = UNKNOWN if error.sent else "server_error"
            return {sms.uuid: {"uuid": sms.uuid, "state": state} for sms in self}
        except Exception as error:
            self.env.cr.rollback()
            # Its text may hold a number.
            _logger.error("The driver of an SMS provider failed with %s.", type(error).__name__)
            return {}

    def _record_sudo(self, api_class, results):
        """Write what the provider answered, through the core's trackers, so that chatter and orders follow."""
        texts = self.with_context(sms_skip_msg_notification=True)

        def answer(sms):
            result = results.get(sms.uuid, {})
            return result.get("state", UNKNOWN), result.get("failure_reason") or False

        for (state, words), group in texts.grouped(answer).items():
            if success := self.IAP_TO_SMS_STATE_SUCCESS.get(state):
                group.sms_tracker_id._action_update_from_sms_state(success)
                group.write({"state": success, "failure_type": False, "to_delete": True, "claim": False})
                continue
            failure = UNKNOWN if state == UNKNOWN else api_class.PROVIDER_TO_SMS_FAILURE_TYPE.get(state, "unknown")
            group.write({"state": "error", "failure_type": failure, "claim": False})
            group.sms_tracker_id._action_update_from_sms_state("error", failure_type=failure, failure_reason=words)
        self._handle_call_result_hook(list(results.values()))
        self.mail_message_id._notify_message_notification_update()

    @api.model
    def _retry_and_commit(self, step):
        """Return what `step` returns, having committed it; another worker in the way makes it run again."""

        def commit():
            result = step()
            self.env["ir.cron"]._commit_progress(0)
            return result

        return retry(self.env, commit)
