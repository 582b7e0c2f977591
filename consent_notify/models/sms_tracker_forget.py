import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.drivers import Receipt
from .res_company_sms import TWILIO

_logger = logging.getLogger(__name__)

AT_ONCE, THREADS = 100, 8
LEFT_AT_ONCE = 10_000
TRIES = 10
LEFT = 99  # in the place of the tries: nobody has the account any more
# A worker that dies while it asks leaves the rest to the next after this.
LEASE = timedelta(minutes=15)
# Some networks never say that a text arrived.
SILENT = timedelta(days=3)
# What Twilio may still be asked about, as the index below says it: nobody else forgets.
OPEN = (
    "sms_twilio_sid IS NOT NULL AND claimed_at IS NOT NULL AND forgotten_at IS NULL"
    f" AND starts_with(account, '{TWILIO}') AND COALESCE(forget_tries, 0) < {TRIES}"
)


class SmsTracker(models.Model):
    """The provider needs the words of a text no longer once it arrived or failed: it is asked to forget them."""

    _inherit = "sms.tracker"

    looks = fields.Integer(readonly=True, aggregator=None, help="How often the provider was asked what became of it.")
    forget_after = fields.Datetime(readonly=True, help="The provider is not asked again before.")
    forget_tries = fields.Integer(readonly=True, aggregator=None)
    forgotten_at = fields.Datetime("Forgotten by the Provider", readonly=True)

    _forget_idx = models.Index(f"(id) WHERE {OPEN}")
    _left_idx = models.Index(f"(account) WHERE forget_tries = {LEFT}")

    @api.model
    def _forget_sudo(self):
        """Have the providers forget every text that is due. Stopped half-way, the next run goes on."""
        queue = self.env["sms.sms"].sudo()
        queue._retry_and_commit(self.sudo()._take_up_sudo)
        while trackers := queue._retry_and_commit(self.sudo()._take_to_forget_sudo):
            keepers = self._keepers_sudo()
            for (company, keeper), group in trackers.grouped(lambda one: one._asked_sudo(keepers)).items():  # noqa: B023
                answers = group._ask_to_forget(company, keeper)
                queue._retry_and_commit(partial(group._note_forgotten_sudo, answers))
            if not self.env["ir.cron"]._commit_progress(len(trackers)):
                return
        while count := queue._retry_and_commit(self.sudo()._leave_sudo):
            if not self.env["ir.cron"]._commit_progress(count):
                return

    @api.model
    def _keepers_sudo(self):
        """Return {account: the companies that have it}, of Twilio's accounts."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        companies = companies.search([("sms_provider", "=", "twilio")], order="id")
        return companies.grouped(lambda company: company._sms_account_sudo())

    def _asked_sudo(self, keepers):
        """Return whose text it is, and the company by whose access its account is asked: another if that one left."""
        keeper = keepers.get(self.account, self.company_id)
        return self.company_id, self.company_id if self.company_id in keeper else keeper[0]

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
                        WHERE %(open)s
                          AND (t.report IN ('delivered', 'failed') OR t.claimed_at <= %(silent)s)
                          AND (t.forget_after IS NULL OR t.forget_after <= %(now)s)
                          AND c.sms_forget
                          -- Another account, or another provider, has nothing to forget and nothing to say of it.
                          AND t.account = ANY(%(accounts)s)
                     ORDER BY t.id
                        LIMIT %(limit)s
                          FOR UPDATE OF t SKIP LOCKED)
             RETURNING id
                """,
                now=now,
                lease=now + LEASE,
                open=SQL(OPEN),
                silent=now - SILENT,
                accounts=list(self._keepers_sudo()),
                limit=AT_ONCE,
            )
        )
        self.invalidate_model(["forget_after", "forget_tries"])
        return self.browse(sorted(tracker_id for (tracker_id,) in self.env.cr.fetchall()))

    @api.model
    def _leave_sudo(self):
        """Give up texts of accounts that nobody has any more, and tell the administrator once; return how many."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE sms_tracker
                   SET forget_tries = %(left)s
                 WHERE id IN (
                       SELECT t.id
                         FROM sms_tracker t
                         JOIN res_company c ON c.id = t.company_id
                        WHERE %(open)s AND t.claimed_at <= %(silent)s
                          AND c.sms_forget AND t.account <> ALL(%(accounts)s)
                     ORDER BY t.id
                        LIMIT %(limit)s
                          FOR UPDATE OF t SKIP LOCKED)
             RETURNING company_id, account
                """,
                left=LEFT,
                open=SQL(OPEN),
                silent=fields.Datetime.now() - SILENT,
                accounts=list(self._keepers_sudo()),
                limit=LEFT_AT_ONCE,
            )
        )
        left = self.env.cr.fetchall()
        self.invalidate_model(["forget_tries"])
        for company_id, account in sorted(set(left)):
            self.env["res.company"].browse(company_id)._alert_texts_kept_sudo(account)
        return len(left)

    @api.model
    def _take_up_sudo(self):
        """Ask again about texts of an account that somebody has once more: it was a slip, or a visit elsewhere."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE sms_tracker SET forget_tries = 0, forget_after = NULL"
                " WHERE forget_tries = %s AND account = ANY(%s)",
                *(SQL(str(LEFT)), list(self._keepers_sudo())),
            )
        )
        self.invalidate_model(["forget_tries", "forget_after"])

    def _ask_to_forget(self, company, keeper):
        """Return {id: answer} of those that Twilio says it forgot, asked by the keeper's access.

        No ORM in the threads.
        """
        driver = keeper._report_driver_sudo()
        if driver is None:
            return {}
        driver.deletes = company.sms_forget_message
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
                for company, texts in trackers.grouped("company_id").items():
                    for account in sorted(set(texts.mapped("account"))):
                        company._alert_texts_kept_sudo(account)
