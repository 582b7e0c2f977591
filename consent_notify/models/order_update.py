from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from .mail_notification import REFUSALS
from .sms_sms import WAITS

STATES = [
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("delivered", "Arrived"),
    ("refused", "Not Told"),
    ("failed", "Failed"),
    ("canceled", "Dropped"),
]
FROM_NOTIFICATION = {
    "ready": "waiting",
    "process": "waiting",
    "pending": "sent",
    "sent": "delivered",
    "exception": "failed",
    "bounce": "failed",
    "canceled": "canceled",
}
# What a customer has been told, or is about to be.
TOLD = ("waiting", "sent", "delivered")
ARRIVED = ("sent", "delivered")
# The customer does not know, and somebody could do something about it.
UNTOLD = ("refused", "failed")
REFUSED = {"sms_blacklist", "sms_number_missing", *(reason for reason, _label in REFUSALS)}
REFUSED -= {"superseded", "stale"}  # the shop itself had moved on


class OrderUpdate(models.Model):
    """What the customer was told about an order's stage, when, or why not. Ids only, never a number."""

    _name = "order.update"
    _description = "Order Update"
    _order = "id DESC"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade", readonly=True, index=True)
    stage_id = fields.Many2one("order.update.stage", required=True, ondelete="restrict", readonly=True, index=True)
    occurrence = fields.Integer(default=1, required=True, readonly=True, aggregator=None)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="set null", readonly=True, index="btree_not_null")
    state = fields.Selection(STATES, default="waiting", required=True, readonly=True, index=True)
    reason = fields.Selection("_selection_reason", "Why", readonly=True)
    due_date = fields.Date("Promised For", readonly=True, help="The date the customer was told.")
    message_id = fields.Many2one("mail.message", ondelete="set null", readonly=True, index="btree_not_null")
    # Whoever knows it can tell what became of the text in its provider's name.
    sms_uuid = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=NO_ACCESS)
    waits_until = fields.Datetime(compute="_compute_waits", compute_sudo=True)
    waits_for = fields.Selection(WAITS, "Waits for", compute="_compute_waits", compute_sudo=True)
    create_date = fields.Datetime("Asked")
    sent_at = fields.Datetime("Sent", readonly=True)
    delivered_at = fields.Datetime("Arrived", readonly=True)
    failed_at = fields.Datetime("Failed", readonly=True, copy=False)

    _once = models.Constraint(
        "UNIQUE (order_id, stage_id, occurrence)", "This update was made already: nobody is told twice."
    )

    @api.depends("order_id", "stage_id")
    def _compute_display_name(self):
        for update in self:
            update.display_name = f"{update.order_id.name}: {update.stage_id.name}"

    @api.depends("state", "sms_uuid")
    def _compute_waits(self):
        uuids = self.filtered(lambda update: update.state == "waiting").mapped("sms_uuid")
        texts = self.env["sms.sms"].search([("uuid", "in", uuids), ("state", "=", "outgoing")])
        by_uuid = texts.grouped("uuid")
        for update in self:
            sms = by_uuid.get(update.sms_uuid, texts.browse())
            update.waits_until, update.waits_for = sms.send_after, sms.waits_for

    @api.model
    def _selection_reason(self):
        return self.env["sms.sms"]._fields["failure_type"]._description_selection(self.env)

    # ------------------------------------------------------------ sending

    def _send_sudo(self):
        """Hand this update to the queue as the SMS of its stage's template, in the customer's language."""
        self.ensure_one()
        order = self.order_id.sudo()  # sudo: a salesperson tells the customer, but owns neither messages nor texts
        message = order.with_context(mail_notify_author=True)._message_sms_with_template(
            template=self.stage_id.sudo().template_id,
            partner_ids=order.partner_id.ids,
            author_id=self._author().id,
            put_in_queue=True,
        )
        texts = self.env["sms.sms"].sudo().search([("mail_message_id", "=", message.id)])
        if not texts:  # nobody is there to be told: the core leaves archived contacts out
            self.sudo().write({"message_id": message.id, "state": "refused", "reason": "sms_number_missing"})
            return
        texts.sms_tracker_id.order_update_id = self
        texts.write(self.stage_id.sudo()._term())
        self.sudo().write({"message_id": message.id, "sms_uuid": texts[:1].uuid})
        texts.send()

    def _author(self):
        """Return who speaks: the salesperson, also where the customer's own act at the website set the stage."""
        user = self.env.user
        if user._is_internal():
            return user.partner_id
        # sudo: a visitor may not read who the salesperson is
        return self.order_id.sudo().user_id.partner_id or self.env.ref("base.partner_root")

    def _supersede_sudo(self, reason="superseded"):
        """Take back what still waits: the order went on, and nobody should hear the older news after the newer."""
        waiting = self.sudo().filtered(lambda update: update.state == "waiting")
        if waiting:
            texts = self.env["sms.sms"].sudo()
            texts = texts.search([("uuid", "in", waiting.mapped("sms_uuid")), ("state", "=", "outgoing")])
            texts._update_sms_state_and_trackers("canceled", failure_type=reason)

    def _why_no_news_sudo(self):
        """Return why this update is no news any more at the moment it would go, or None."""
        order = self.order_id
        if any(update.id > self.id and update.state in TOLD for update in order.update_ids):
            return "superseded"
        if self._is_over_sudo() or order._is_step_back():
            return "stale"
        return None

    def _is_over_sudo(self):
        """Tell whether the order is not at this update's stage any more."""
        order = self.order_id
        is_cancelled = order.state == "cancel" and self.stage_id.code != "cancelled"
        return is_cancelled or order.update_stage_id != self.stage_id

    # ------------------------------------------------------------ what became of it

    def _follow_sudo(self, notification_status, failure_type):
        """Take over what the text's tracker learnt. A delivered update is never taken back."""
        state = FROM_NOTIFICATION[notification_status]
        updates = self.sudo().filtered(lambda update: update.state != "delivered")
        if not updates:
            return
        if state in ("failed", "canceled") and failure_type in REFUSED:
            state = "refused"
        elif failure_type == "too_late":
            state = "failed"  # it was true, and the customer does not know
        vals, now = {"state": state, "reason": failure_type or False}, fields.Datetime.now()
        if state == "failed":
            vals["failed_at"] = now
        if state in ("sent", "delivered"):
            vals["reason"] = False
            updates.filtered(lambda update: not update.sent_at).sent_at = now
            if state == "delivered":
                vals["delivered_at"] = now
        updates.write(vals)
        if state in ARRIVED:
            updates._withdraw_todo_sudo()

    def action_open_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }
