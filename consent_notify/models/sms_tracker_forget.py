import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.drivers import Receipt

_logger = logging.getLogger(__name__)

AT_ONCE, THREADS = 100, 8
TRIES = 10
# A worker that dies while it asks leaves the rest to the next after this.
LEASE = timedelta(minutes=15)
# Some networks never say that a text arrived.
SILENT = timedelta(days=3)


class SmsTracker(models.Model):
    """The provider needs the words of a text no longer once it arrived or failed: it is asked to forget them."""

    _inherit = "sms.tracker"

    looks = fields.Integer(readonly=True, aggregator=None, help="How often the provider was asked what became of it.")
    forget_after = fields.Datetime(readonly=True, help="The provider is not asked again before.")
    forget_tries = fields.Integer(readonly=True, aggregator=None)
    forgotten_at = fields.Datetime("Forgotten by the Provider", readonly=True)

    _forget_idx = models.Index(
        "(id) WHERE sms_twilio_sid IS NOT NULL AND claimed_at IS NOT NULL AND forgotten_at IS NULL"
    )

    @api.model
    def _forget_sudo(self):
        """Have the providers forget every text that is due. Stopped half-way, the next run goes on."""
        queue = self.env["sms.sms"].sudo()
        while trackers := queue._retry_and_commit(self.sudo()._take_to_forget_sudo):
            for company, group in trackers.grouped("company_id").items():
                answers = group._ask_to_forget(company)
                queue._retry_and_commit(partial(group._note_forgotten_sudo, answers))
            if not self.env["ir.cron"]._commit_progress(len(trackers)):
                return

    @api.model
    def _take_to_forget_sudo(self):
        """Return up to 100 trackers to ask about now; nobody else takes them for a quarter of an hour."""
        self.flush_model()
        self.env["res.company"].flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                UPDATE sms_tracker
                   SET forget_after = %(lease)s, forget_tries = COALESCE(forget_tries, 0) + 1
                 WHERE id IN (
                       SELECT t.id
                         FROM sms_tracker t
                         JOIN res_company c ON c.id = t.company_id
                        WHERE t.sms_twilio_sid IS NOT NULL AND t.claimed_at IS NOT NULL AND t.forgotten_at IS NULL
                          AND (t.report IN ('delivered', 'failed') OR t.claimed_at <= %(silent)s)
                          AND (t.forget_after IS NULL OR t.forget_after <= %(now)s)
                          AND COALESCE(t.forget_tries, 0) < %(tries)s
                          AND c.sms_forget AND c.sms_provider = 'twilio'
                          -- Another account, or another provider, has nothing to forget and nothing to say of it.
                          AND t.account = 'twilio ' || c.sms_twilio_account_sid
                     ORDER BY t.id
                        LIMIT %(limit)s
                          FOR UPDATE OF t SKIP LOCKED)
             RETURNING id
                """,
                now=now,
                lease=now + LEASE,
                silent=now - SILENT,
                tries=TRIES,
                limit=AT_ONCE,
            )
        )
        self.invalidate_model(["forget_after", "forget_tries"])
        return self.browse(sorted(tracker_id for (tracker_id,) in self.env.cr.fetchall()))

    def _ask_to_forget(self, company):
        """Return {id: answer} of those that the company's provider says it forgot. No ORM in the threads."""
        driver = company._report_driver_sudo()
        if driver is None:
            return {}
        ids = self.mapped("sms_twilio_sid")
        with ThreadPoolExecutor(max_workers=min(THREADS, driver.in_flight)) as pool:
            answers = list(pool.map(driver.redact, ids))
        return {tracker.id: answer for tracker, answer in zip(self, answers, strict=True) if answer}

    def _note_forgotten_sudo(self, answers):
        now = fields.Datetime.now()
        done = self.filtered(lambda tracker: tracker.id in answers)
        done.forgotten_at = now
        for tracker in done:
            if isinstance(answers[tracker.id], Receipt):
                # Receipts come before the price is known, and nobody is asked for it alone.
                tracker._take_price_sudo(answers[tracker.id])
        for tries, trackers in (self - done).grouped("forget_tries").items():
            trackers.forget_after = now + timedelta(minutes=2**tries)
            if tries >= TRIES:
                _logger.warning("The provider was asked %s times to forget %s texts in vain.", tries, len(trackers))
