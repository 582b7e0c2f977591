from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.marks import SmsPurpose
from .mail_notification import DELIVERY, REASONS

# Why a text that may be sent is not sent yet; `send_after` says until when.
WAITS = [
    ("hours", "A decent hour where the customer is"),
    ("delay", "The time the shop gives itself to change its mind"),
    ("retry", "Another try: the provider was not to be reached"),
    ("cap", "The next day: the customer got enough texts within 24 hours"),
    ("turn", "An earlier text about the same order, which is on its way"),
]


class SmsSms(models.Model):
    """What an SMS is for, and that it leaves by the queue alone."""

    _inherit = "sms.sms"

    number = fields.Char(sealed=True)
    purpose_id = fields.Many2one("consent.purpose", readonly=True, copy=False, index="btree_not_null")
    failure_type = fields.Selection(selection_add=[*REASONS, *DELIVERY])
    send_after = fields.Datetime("Not before", readonly=True, copy=False, index="btree_not_null")
    send_until = fields.Datetime("No news after", readonly=True, copy=False)
    waits_for = fields.Selection(WAITS, "Waits for", readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False, aggregator=None)

    # ------------------------------------------------------------ purpose

    @api.model_create_multi
    def create(self, vals_list):
        # Always written here: a `default_purpose_id` of the caller's context must not count.
        for vals, code in zip(vals_list, self._purpose_codes(vals_list), strict=True):
            vals["purpose_id"] = self.env["consent.purpose"]._by_code(code).id if code else False
        return super().create(vals_list)

    def write(self, vals):
        if "purpose_id" in vals and not isinstance(self.env.context.get("sms_purpose_code"), SmsPurpose):
            raise UserError(self.env._("What a text is for is settled when it is written: write a new one."))
        return super().write(vals)

    @api.model
    def _purpose_codes(self, vals_list):
        """Return the code of the purpose of each new SMS, or None: the context's mark, else its document's."""
        mark = self.env.context.get("sms_purpose_code")
        if isinstance(mark, SmsPurpose):
            return [str(mark)] * len(vals_list)
        by_model = self._purpose_by_model()
        messages = self.env["mail.message"].sudo()  # sudo: only the model's name is read
        messages = messages.browse(filter(None, (vals.get("mail_message_id") for vals in vals_list)))
        models_by_id = {message.id: message.model for message in messages}
        return [by_model.get(models_by_id.get(vals.get("mail_message_id"))) for vals in vals_list]

    @api.model
    def _purpose_by_model(self):
        """Return {model: code} of the documents whose texts have one purpose only."""
        return {"sale.order": "order_sms", "stock.picking": "order_sms"}

    # ------------------------------------------------------------ the ways to the provider

    def send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Refuse what may not be sent and leave the rest to the queue, which runs within seconds."""
        if not self._gate_is_on():
            return super().send(unlink_failed=unlink_failed, unlink_sent=unlink_sent, raise_exception=raise_exception)
        waiting = self.filtered(lambda sms: sms.state == "outgoing" and not sms.to_delete)
        if not waiting:
            return None
        cron = self.env.ref("sms.ir_cron_sms_scheduler_action").sudo()  # sudo: a wake-up, nothing else
        if passed := waiting._pass_gate_sudo():
            cron._trigger()
        later = (waiting - passed).filtered(lambda sms: sms.state == "outgoing" and sms.send_after)
        if later:
            cron._trigger(at=min(later.mapped("send_after")))
        return None

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        if self._gate_is_on():
            # Another module's way around `send`: it ends in the queue as well.
            return self.send()
        return super()._send(unlink_failed=unlink_failed, unlink_sent=unlink_sent, raise_exception=raise_exception)

    def _split_by_api(self):
        # With the gate off: the core would hand a company in the sandbox to Odoo's service.
        sandboxed = self.filtered(lambda sms: sms._get_sms_company().sms_provider == "sandbox")
        for company, texts in sandboxed.grouped(lambda sms: sms._get_sms_company()).items():
            yield company._get_sms_api_class()(self.env), texts
        if self - sandboxed:
            yield from super(SmsSms, self - sandboxed)._split_by_api()

    # ------------------------------------------------------------ the buttons

    def action_set_outgoing(self):
        if self._gate_is_on() and any(sms.failure_type == "outcome_unknown" for sms in self):
            raise UserError(
                self.env._("Nobody knows whether this text arrived: ask the customer rather than send it twice.")
            )
        # A receipt that it failed had it cleaned up tonight.
        self.to_delete = False
        return super().action_set_outgoing()

    def resend_failed(self):
        if not self._gate_is_on():
            return super().resend_failed()
        failed = self.filtered(lambda sms: sms.state == "error" and sms.failure_type != "outcome_unknown")
        failed.action_set_outgoing()
        failed.send()
        waiting = len(failed.filtered(lambda sms: sms.state == "outgoing"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if waiting else "warning",
                "message": self.env._(
                    "%(count)s of %(all)s texts are in the queue again.", count=waiting, all=len(self)
                ),
            },
        }
