from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.purpose import SmsPurpose


class ConsentTestSms(models.TransientModel):
    """A text to the manager's own number, by the road that customers' texts take."""

    _name = "consent.test.sms"
    _description = "Test SMS to Oneself"

    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, required=True, readonly=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, required=True, readonly=True)
    # Related, so that no column of this wizard ever holds a number.
    phone = fields.Char("Your Number", related="user_id.phone", readonly=False)
    body = fields.Text(compute="_compute_body")
    is_sandbox = fields.Boolean(compute="_compute_is_sandbox")

    @api.depends("company_id")
    def _compute_body(self):
        for wizard in self:
            wizard.body = self.env._(
                "%(company)s: this is a test. Texts about orders will look like this one.",
                company=wizard.company_id.name,
            )

    @api.depends("company_id.sms_provider")
    def _compute_is_sandbox(self):
        for wizard in self:
            wizard.is_sandbox = wizard.company_id.sms_provider == "sandbox"

    def action_send(self):
        """Queue the text and show where it arrives."""
        self.ensure_one()
        partner = self.env.user.partner_id
        if self.user_id != self.env.user:
            raise UserError(self.env._("A test goes to your own number only: open the wizard yourself."))
        if not partner.phone:
            raise UserError(self.env._("You have no phone number yet: type yours, then send."))
        # The service purpose allows what a person asked for by their own act, which pressing this button is.
        # Without `mail_notify_author` nobody writes to themselves.
        partner = partner.with_context(sms_purpose_code=SmsPurpose("service"), mail_notify_author=True)
        partner._message_sms(self.body, partner_ids=partner.ids)
        return {"type": "ir.actions.act_window_close"}
