from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.sms_api import UNKNOWN

AT_ONCE = 100
# So long the provider may still tell what became of a text; later the salesperson asks the customer.
PATIENCE = timedelta(hours=3)
# What failed before is history: nobody is sent to telephone about it.
RECENT = timedelta(days=3)
# The customer wants no texts: there is nothing to mend.
OPTED_OUT = ("sms_optout", "sms_blacklist")


class OrderUpdate(models.Model):
    """An update that did not arrive becomes somebody's work: what happened, what to do."""

    _inherit = "order.update"

    todo_at = fields.Datetime("To-do Made", readonly=True)

    _todo_idx = models.Index("(id) WHERE state = 'failed' AND todo_at IS NULL")

    def _todo_words(self):
        """Return what the salesperson does about this update; nothing where the customer wants no texts."""
        is_open = self.state == "failed" and self.reason not in OPTED_OUT
        return self.next_step if is_open else ""

    def _follow_sudo(self, notification_status, failure_type):
        result = super()._follow_sudo(notification_status, failure_type)
        if any(update.state == "failed" and update.reason != UNKNOWN for update in self.sudo()):
            self._wake_todo_sudo()
        return result

    @api.model
    def _wake_todo_sudo(self):
        """Have the to-dos made at once."""
        cron = self.env.ref("consent_notify.ir_cron_order_update_todo", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()  # sudo: a wake-up, nothing else

    @api.model
    def _make_todos_sudo(self):
        """Make a to-do of every update that failed, once for each order and stage. Stopped half-way, it goes on."""
        queue = self.env["sms.sms"].sudo()
        while count := queue._retry_and_commit(self.sudo()._make_some_todos_sudo):
            if not self.env["ir.cron"]._commit_progress(count):
                return

    def _make_some_todos_sudo(self):
        updates = self._without_todo_sudo()
        for update in updates:
            # Where newer news is out, the customer knows more than this one said.
            if not update._is_over_sudo() and not update._has_todo_sudo():
                update._make_todo_sudo()
        updates.todo_at = fields.Datetime.now()
        updates.flush_recordset()
        return len(updates)

    def _without_todo_sudo(self):
        """Return up to 100 failed updates that nobody was told of; of the doubtful ones those past their time."""
        for name in ("order.update", "sms.sms", "sms.tracker"):
            self.env[name].flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "SELECT u.id FROM order_update u LEFT JOIN sms_sms s ON s.uuid = u.sms_uuid"
                " LEFT JOIN sms_tracker t ON t.sms_uuid = u.sms_uuid"
                " WHERE u.state = 'failed' AND u.todo_at IS NULL AND COALESCE(u.failed_at, u.create_date) > %(recent)s"
                " AND COALESCE(u.reason, '') NOT IN %(opted_out)s"
                " AND (COALESCE(u.reason, '') != %(unknown)s OR COALESCE("
                "LEAST(s.send_until, t.claimed_at + %(patience)s), u.create_date + %(patience)s) <= %(now)s)"
                " ORDER BY u.id LIMIT %(limit)s FOR UPDATE OF u SKIP LOCKED",
                recent=now - RECENT,
                opted_out=OPTED_OUT,
                unknown=UNKNOWN,
                patience=PATIENCE,
                now=now,
                limit=AT_ONCE,
            )
        )
        return self.browse([update_id for (update_id,) in self.env.cr.fetchall()])

    def _has_todo_sudo(self):
        same = [("order_id", "=", self.order_id.id), ("stage_id", "=", self.stage_id.id), ("todo_at", "!=", False)]
        return bool(self.search_count(same, limit=1))

    def _make_todo_sudo(self):
        order = self.order_id
        owner = order.company_id._owner_of_work(order.user_id)
        speaking = self.with_context(lang=owner.lang or self.env.lang)
        summary = speaking.env._("The customer was not told: %(stage)s", stage=speaking.stage_id.name)
        if self.reason == UNKNOWN:
            summary = speaking.env._(
                "Nobody knows whether “%(stage)s” arrived: ask the customer", stage=speaking.stage_id.name
            )
        order.with_user(SUPERUSER_ID).with_context(lang=speaking.env.lang).activity_schedule(
            "consent_notify.activity_not_told", summary=summary, note=speaking._todo_words(), user_id=owner.id
        )

    def _withdraw_todo_sudo(self):
        """Take back the to-dos about these: the customer was told after all, and nobody need ask."""
        told = self.filtered("todo_at")
        for order in told.order_id:
            # A to-do does not say which update it is about: one that still stands for another stays.
            if not order.update_ids.filtered(lambda update: update.todo_at and update.state == "failed"):
                order.with_user(SUPERUSER_ID).activity_unlink(["consent_notify.activity_not_told"])
