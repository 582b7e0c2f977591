from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..tools import phone
from .phone_door import SECONDS_SHOWN

OPEN = ("sent", "sale")
HOURS_TO_NOTE = 24


class PhoneDoor(models.AbstractModel):
    """The door *call*: whoever handles an order may call about it if the customer allows calls.

    Against the customer's word, or without one, it takes an officer, a confirmed order that cannot be carried out
    otherwise, and a second confirmation. Were a salesperson enough, a quotation made up for any contact would open
    any number.
    """

    _inherit = "phone.door"

    @api.model
    def _call_params(self, order):
        """Return what the dialog needs to know before it asks for the number."""
        partner = self._called(order)
        verdict = self._call_verdict(order, partner)
        is_officer = self.env.user.has_group("consent_notify.group_officer")
        return {
            "order_id": order.id,
            "order": order.name,
            "customer": partner.display_name,
            "refusal": self._call_refusals()[verdict] if verdict else "",
            "can_insist": bool(verdict) and is_officer and order.state == "sale",
            "outcomes": [list(outcome) for outcome in self._outcomes().items()],
            "has_totp": self._has_second_factor(),
            "seconds": SECONDS_SHOWN,
        }

    @api.model
    def _call(self, order_id, note="", confirmed=False):
        """Return {"number", "e164", "seconds"} of the order's customer and log the call.

        :param confirmed: the officer said twice that the contract cannot be carried out without this call
        :raises AccessError: for an order that is not one's own to handle
        :raises UserError: without a second factor, the customer's yes (or an officer's reason), or a number
        """
        order = self._callable_order(order_id)
        self._assert_second_factor()
        partner = self._called(order)
        note = self._tidy(note)
        verdict = self._call_verdict(order, partner)
        if verdict:
            self._assert_may_insist(order, verdict, note, confirmed)
        text = partner.phone
        self._record_limited_sudo(
            "call",
            reason="contract" if verdict else "order",
            note=note or False,
            company_id=order.company_id.id,
            model=partner._name,
            res_id=partner.id,
            order_ref=order.name,
            code=phone.handle_code(self.env["phone.vault"]._handle(text)),
        )
        return self._shown(partner, text)

    @api.model
    def _callable_order(self, order_id):
        """Return the open order, with the caller's own rights checked; the same refusal for one that is not there."""
        order = self.env["sale.order"].browse(order_id if isinstance(order_id, int) else ())
        allowed = self.env.user.has_group("consent_notify.group_user")
        if not allowed or not order.exists() or not order.has_access("write"):
            raise AccessError(self.env._("This order is not yours to call about, or is no longer there."))
        if order.state not in OPEN:
            raise UserError(
                self.env._("Only a sent or confirmed order is a reason to call: send or confirm this one first.")
            )
        return order

    @api.model
    def _called(self, order):
        """Return whom to call: the customer, else who receives the goods or the invoice."""
        for partner in (order.partner_id, order.partner_shipping_id, order.partner_invoice_id):
            if partner.phone:
                return partner
        raise UserError(self.env._("This customer left no phone number: write to them instead."))

    @api.model
    def _call_verdict(self, order, partner):
        """Return None if this person allows calls about orders to this number, else why not."""
        digest = self.env["consent.subject"]._digest_of(partner.sudo())  # sudo: a hash, nothing of the number
        return self.env["consent.status"]._call_verdict(order.company_id, partner, digest)

    @api.model
    def _call_refusals(self):
        return {
            "consent_missing": self.env._("This customer was not asked whether you may call."),
            "consent_refused": self.env._("This customer does not want calls."),
            "consent_withdrawn": self.env._("This customer wants no calls any more."),
            "consent_expired": self.env._("This customer's permission to call has run out."),
        }

    @api.model
    def _assert_may_insist(self, order, verdict, note, confirmed):
        why = self._call_refusals()[verdict]
        if not self.env.user.has_group("consent_notify.group_officer"):
            raise UserError(
                self.env._("%(why)s Write instead, or ask an officer if the order depends on a call.", why=why)
            )
        if order.state != "sale":
            raise UserError(self.env._("%(why)s A quotation is no contract yet: write instead.", why=why))
        if not confirmed:
            raise UserError(self.env._("%(why)s Confirm that the contract cannot be kept without a call.", why=why))
        if len(note) < 4:
            raise UserError(self.env._("Say in a few words why the contract cannot be kept without a call."))

    # ------------------------------------------------------------ what became of the call

    @api.model
    def action_note_call(self, order_id, outcome, note=""):
        """Note on the order what became of a call that the caller made today; the number stays out of it."""
        order = self._callable_order(order_id)
        labels = self._outcomes()
        if outcome not in labels:
            raise UserError(self.env._("Choose what became of the call."))
        note = self._tidy(note)
        self._assert_called(order)
        words = self.env._("Call about the order: %(outcome)s", outcome=labels[outcome])
        order.message_post(body=f"{words}. {note}" if note else words)

    @api.model
    def _assert_called(self, order):
        # In SQL: only managers read the log, but whether one has called oneself is no secret.
        self.env.cr.execute(
            "SELECT 1 FROM phone_access WHERE user_ref = %s AND door = 'call' AND order_ref = %s AND company_id = %s"
            " AND time > (now() AT TIME ZONE 'UTC') - %s * interval '1 hour' LIMIT 1",
            [self.env.uid, order.name, order.company_id.id, HOURS_TO_NOTE],
        )
        if not self.env.cr.fetchone():
            raise UserError(self.env._("You have not called about this order today: open the number first."))

    @api.model
    def _outcomes(self):
        return {
            "reached": self.env._("Reached"),
            "no_answer": self.env._("No answer"),
            "later": self.env._("Call back later"),
            "wrong_number": self.env._("Wrong number"),
        }
