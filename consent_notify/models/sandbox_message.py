from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.drivers import Inbound


class SandboxMessage(models.Model):
    """A text that stopped in the shop: what the customer's handset would show."""

    _name = "sandbox.message"
    _description = "Text in the Sandbox"
    _order = "sent_at, id"
    _rec_name = "body"
    _log_access = False

    body = fields.Text(readonly=True)
    number = fields.Char(sealed=True, readonly=True)
    sent_at = fields.Datetime(default=fields.Datetime.now, required=True, readonly=True, index=True)
    order_id = fields.Many2one("sale.order", ondelete="set null", readonly=True, index="btree_not_null")
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="set null", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    purpose_id = fields.Many2one("consent.purpose", ondelete="set null", readonly=True)

    @api.model
    def _receive_sudo(self, messages):
        """Keep `messages` (as `_send_sms_batch` takes them) and say that each was sent."""
        bodies = {number["uuid"]: message["content"] for message in messages for number in message["numbers"]}
        texts = self.env["sms.sms"].sudo().search([("uuid", "in", list(bodies))])  # sudo: called by the dispatcher
        self.sudo().create(
            [
                {
                    "body": bodies[sms.uuid],
                    "number": sms.number,
                    "order_id": sms.mail_message_id.res_id if sms.mail_message_id.model == "sale.order" else False,
                    "partner_id": sms.partner_id.id,
                    "company_id": sms._get_sms_company().id,
                    "purpose_id": sms.purpose_id.id,
                }
                for sms in texts.sorted("id")
            ]
        )
        return [{"uuid": uuid, "state": "sent"} for uuid in bodies]

    def action_reply_stop(self):
        """Do what happens when the customer answers this text by STOP: for those who try the shop out.

        :raises AccessError: for whoever is no manager
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("consent_notify.group_manager"):
            raise AccessError(self.env._("Only managers may answer in a customer's place."))
        message_sudo = self.sudo()  # sudo: the number goes from one table of the vault's to another
        inbound = Inbound(provider_id=f"sandbox {uuid4().hex}", sender=message_sudo.number, to="", body="STOP")
        self.env["consent.reply"]._receive_sudo(message_sudo.company_id, inbound)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("STOP came in: this number gets no more texts."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
