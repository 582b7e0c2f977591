from odoo import api, fields, models

from .order_update import UNTOLD


class OrderUpdate(models.Model):
    """What to do about a customer who was not told, for each reason."""

    _inherit = "order.update"

    next_step = fields.Char(compute="_compute_next_step")

    @api.depends("state", "reason")
    @api.depends_context("lang")
    def _compute_next_step(self):
        steps = self._next_steps()
        for update in self:
            if update.state in UNTOLD:
                update.next_step = steps.get(update.reason) or self.env._("Call the customer, or try once more.")
            else:
                update.next_step = False

    @api.model
    def _next_steps(self):
        """Return {failure type: what staff can do}. Of a reason that is not here, nothing better is known."""
        another_number = self.env._("Ask for another number: this one takes no texts.")
        ask = self.env._("Ask the customer at the next chance, then press “Tell again”.")
        respect = self.env._("The customer said no: tell them in person or by e-mail.")
        account = self.env._("Ask a manager to look at the SMS settings, then press “Tell again”.")
        return {
            "consent_missing": ask,
            "consent_expired": ask,
            "consent_unconfirmed": self.env._("Ask the customer to type in the code they got, or record their answer."),
            "consent_refused": respect,
            "consent_withdrawn": respect,
            "sms_blacklist": respect,
            "sms_optout": respect,
            "minor": self.env._("No offers to a person under age: nothing to do."),
            "sms_number_missing": self.env._("Ask for a number and whether it may be used, then press “Tell again”."),
            "sms_number_format": another_number,
            "sms_invalid_destination": another_number,
            "sms_not_allowed": another_number,
            "sms_rejected": another_number,
            "sms_not_delivered": self.env._("Call the customer: the phone may be off or out of reach."),
            "sms_expired": self.env._("Call the customer: the phone was off for too long."),
            "no_purpose": self.env._("Ask a manager to choose a purpose for the template of this stage."),
            "no_provider": account,
            "no_contract": self.env._(
                "Ask a manager to put the provider's agreement on file, then press “Tell again”."
            ),
            "switched_off": self.env._("Ask a manager whether texts may be switched on again."),
            "daily_cap": self.env._("Enough texts went to this number: call the customer."),
            "no_hours": self.env._("Write the customer's country and state, then press “Tell again”."),
            "stale": self.env._("It was no longer true: nothing to do."),
            "too_late": self.env._("The text could not go in time: call the customer, or press “Tell again”."),
            "twilio_authentication": account,
            "twilio_from_missing": account,
            "sms_country_not_supported": another_number,
            "sms_credit": self.env._("Ask a manager to top up the account, then press “Tell again”."),
            "sms_server": self.env._("The provider was not to be reached: press “Tell again” later."),
            "sms_acc": account,
            "sms_registration_needed": account,
            "no_words": self.env._("Ask a manager to mend the template of this stage, then press “Tell again”."),
            "number_unreadable": self.env._(
                "Tell an administrator, and write an e-mail to the customer: the number does not open."
            ),
            "outcome_unknown": self.env._("Nobody knows whether it arrived: ask the customer, do not text again."),
        }
