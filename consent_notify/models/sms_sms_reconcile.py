import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.drivers import Accepted, Driver, Receipt, Text, Unknown
from ..tools.sms_api import UNKNOWN

_logger = logging.getLogger(__name__)

# When the provider is asked about a text, after it was handed over. Each time its number leaves the shop.
LOOKS = [timedelta(minutes=minutes) for minutes in (1, 10, 30, 120, 480, 1200)]
# By then a request that was under way has arrived or never will: what the provider does not know was not sent.
SURELY = timedelta(minutes=10)
# What is older is asked about no more: the salesperson asks the customer.
WINDOW = timedelta(hours=24)
AT_ONCE = 50


class SmsSms(models.Model):
    """Texts of which nobody knows whether the provider took them: it is asked, and none is sent again blindly."""

    _inherit = "sms.sms"

    # Texts that failed stay for ever; those in doubt are few.
    _doubt_idx = models.Index("(id) WHERE state = 'error' AND failure_type = 'outcome_unknown'")

    @api.model
    def _process_queue(self):
        result = super()._process_queue()
        if self._gate_is_on():
            self._wake_reconcile_sudo()
        return result

    @api.model
    def _wake_reconcile_sudo(self):
        """Have the provider asked as soon as it can tell."""
        if self.sudo()._is_in_doubt_sudo():
            cron = self.env.ref("consent_notify.ir_cron_sms_reconcile", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger(at=fields.Datetime.now() + LOOKS[0])  # sudo: a wake-up, nothing else

    @api.model
    def _is_in_doubt_sudo(self):
        """Tell whether there is a text that the provider may still be asked about."""
        self.flush_model(["state", "failure_type", "uuid"])
        self.env["sms.tracker"].flush_model(["sms_uuid", "claimed_at"])
        self.env.cr.execute(
            SQL(
                "SELECT FROM sms_sms s JOIN sms_tracker t ON t.sms_uuid = s.uuid"
                " WHERE s.state = 'error' AND s.failure_type = %s AND t.claimed_at > %s LIMIT 1",
                UNKNOWN,
                fields.Datetime.now() - WINDOW,
            )
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _reconcile_sudo(self):
        """Ask the providers about every text that is due. Stopped half-way, the next run goes on."""
        last_id = 0
        while ids := self._retry_and_commit(partial(self.sudo()._to_look_up_sudo, last_id)):
            last_id = ids[-1]
            for sms_id in ids:
                sms = self.sudo().browse(sms_id)  # alone: one number that does not open must not stand for all
                try:
                    self._retry_and_commit(partial(sms._settle_doubt_sudo, sms._look_up_sudo()))
                except Exception as error:
                    self.env.cr.rollback()
                    # Its words may hold the number.
                    _logger.error("A text in doubt could not be settled: %s.", type(error).__name__)
                    # It counts as a look: those behind it have their turn, and this one's end.
                    self._retry_and_commit(partial(sms._settle_doubt_sudo, Unknown()))
            if not self.env["ir.cron"]._commit_progress(len(ids)):
                return

    @api.model
    def _to_look_up_sudo(self, last_id):
        """Return the ids of up to 50 texts beyond `last_id` whose next look is due."""
        self.flush_model()
        self.env["sms.tracker"].flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "SELECT s.id FROM sms_sms s JOIN sms_tracker t ON t.sms_uuid = s.uuid"
                " WHERE s.state = 'error' AND s.failure_type = %s AND s.id > %s AND t.claimed_at > %s"
                " AND (t.report IS NOT NULL OR t.claimed_at + (%s::interval[])[COALESCE(t.looks, 0) + 1] <= %s)"
                " ORDER BY s.id LIMIT %s",
                UNKNOWN,
                last_id,
                now - WINDOW,
                LOOKS,
                now,
                AT_ONCE,
            )
        )
        return [sms_id for (sms_id,) in self.env.cr.fetchall()]

    def _look_up_sudo(self):
        """Return what the provider tells of this text: as `Driver.lookup`. Nothing is locked meanwhile."""
        tracker = self.sms_tracker_id
        if tracker.report:
            return Receipt(tracker.sms_twilio_sid or "", tracker.report)
        company = self._get_sms_company()
        driver = company._report_driver_sudo()
        # An account that never got the text would say that it never came, and it would be sent twice.
        is_theirs = tracker.account == company._sms_account_sudo()
        to = self._e164(self.number or "", company.country_id.code)
        if driver is None or not is_theirs or type(driver).lookup is Driver.lookup or not to:
            return Unknown()
        self._retry_and_commit(partial(self.env["phone.access"]._record_texts_sudo, self))
        taken = self._taken_ids_sudo(tracker)
        return driver.lookup(Text(self.uuid, to, self.body or ""), tracker.claimed_at, taken)

    def _taken_ids_sudo(self, tracker):
        """Return the provider's ids of other texts to the same number, which may say the same."""
        self.env.cr.execute(
            SQL(
                "SELECT t.sms_twilio_sid FROM sms_tracker t"
                " LEFT JOIN mail_notification n ON n.id = t.mail_notification_id"
                " LEFT JOIN sms_sms s ON s.uuid = t.sms_uuid JOIN sms_sms own ON own.id = %s"
                " WHERE t.sms_twilio_sid IS NOT NULL AND t.id != %s AND t.claimed_at > %s"
                # Of a code that was cleaned up nothing tells the number.
                " AND COALESCE(s.number, n.sms_number, own.number) = own.number",
                self.id,
                tracker.id,
                tracker.claimed_at - WINDOW,
            )
        )
        return frozenset(sid for (sid,) in self.env.cr.fetchall())

    def _settle_doubt_sudo(self, found):
        """Write what the look-up told of this text."""
        tracker = self.sms_tracker_id
        if self.failure_type != UNKNOWN:
            return  # a receipt came meanwhile
        if isinstance(found, Accepted):
            found = Receipt(found.provider_id, "sent")
        if isinstance(found, Receipt):
            if tracker.report:
                tracker._settle_text_sudo(found)
            else:
                tracker._take_receipt_sudo(found)
        elif found is None and self._may_go_again_sudo():
            self._settle_not_sent_sudo()
        else:
            tracker.looks += 1

    def _may_go_again_sudo(self):
        """Tell whether what the provider does not know was surely not sent, and nobody asks the customer already."""
        tracker = self.sms_tracker_id
        return fields.Datetime.now() >= tracker.claimed_at + SURELY and not tracker.order_update_id.todo_at

    def _settle_not_sent_sudo(self):
        """The provider never had it: it goes back into the queue. Whether it is still true, the gate asks then."""
        self._update_sms_state_and_trackers("outgoing", failure_type=False)
        self._uncount_sudo()
        self.write({"send_after": fields.Datetime.now(), "waits_for": "retry", "attempts": self.attempts + 1})
        self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()
