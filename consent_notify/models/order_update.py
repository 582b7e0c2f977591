from odoo import api, fields, models

from .mail_notification import REFUSALS

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
REFUSED = {"sms_blacklist", "sms_number_missing", *(reason for reason, _label in REFUSALS)} - {"superseded"}


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
    sms_uuid = fields.Char(readonly=True, copy=False, index="btree_not_null")
    create_date = fields.Datetime("Asked")
    sent_at = fields.Datetime("Sent", readonly=True)
    delivered_at = fields.Datetime("Arrived", readonly=True)
    segments = fields.Integer(readonly=True, help="As many SMS as the provider bills for it.")
    price = fields.Float(readonly=True, digits=(12, 5), help="What the provider charged for it.")
    currency = fields.Char(readonly=True, help="Of the price.")

    _once = models.Constraint(
        "UNIQUE (order_id, stage_id, occurrence)", "This update was made already: nobody is told twice."
    )

    @api.depends("order_id", "stage_id")
    def _compute_display_name(self):
        for update in self:
            update.display_name = f"{update.order_id.name}: {update.stage_id.name}"

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
        texts.sms_tracker_id.order_update_id = self
        self.sudo().write({"message_id": message.id, "sms_uuid": texts[:1].uuid})
        texts.send()

    def _author(self):
        """Return who speaks: the salesperson, also where the customer's own act at the website set the stage."""
        user = self.env.user
        if user._is_internal():
            return user.partner_id
        # sudo: a visitor may not read who the salesperson is
        return self.order_id.sudo().user_id.partner_id or self.env.ref("base.partner_root")

    def _supersede_sudo(self):
        """Take back what still waits: newer news is on its way, and nobody should hear the older after it."""
        waiting = self.sudo().filtered(lambda update: update.state == "waiting")
        if waiting:
            texts = self.env["sms.sms"].sudo()
            texts = texts.search([("uuid", "in", waiting.mapped("sms_uuid")), ("state", "=", "outgoing")])
            texts._update_sms_state_and_trackers("canceled", failure_type="superseded")

    # ------------------------------------------------------------ what became of it

    def _follow_sudo(self, notification_status, failure_type):
        """Take over what the text's tracker learnt. A delivered update is never taken back."""
        state = FROM_NOTIFICATION[notification_status]
        updates = self.sudo().filtered(lambda update: update.state != "delivered")
        if not updates:
            return
        if state in ("failed", "canceled") and failure_type in REFUSED:
            state = "refused"
        vals = {"state": state, "reason": failure_type or False}
        if state in ("sent", "delivered"):
            vals["reason"] = False
            now = fields.Datetime.now()
            updates.filtered(lambda update: not update.sent_at).sent_at = now
            if state == "delivered":
                vals["delivered_at"] = now
        updates.write(vals)

    def action_open_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }
