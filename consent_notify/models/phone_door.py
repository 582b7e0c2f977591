from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.base.models.res_users import check_identity

from ..tools import phone
from .phone_access import REASONS

SECONDS_SHOWN = 120
SECOND_FACTOR_HOURS = 24
NOTE_LENGTH = 200


class PhoneDoor(models.AbstractModel):
    """The door *show*: an authorised person sees one number whole, for a stated reason, for two minutes.

    What leaves here goes to the dialog alone: no record ever holds it.
    """

    _name = "phone.door"
    _description = "Doors of the Vault"

    @api.model
    @check_identity
    def action_ask(self, model, res_id, fname):
        """Open the dialog that asks for the reason; asks for the password if that was over ten minutes ago."""
        record = self._record(model, res_id, fname)
        self._assert_officer()
        orders = self._open_orders(record)
        return {
            "type": "ir.actions.client",
            "tag": "consent_notify.show_number",
            "target": "new",
            "params": {
                "model": model,
                "res_id": res_id,
                "fname": fname,
                "reasons": self._reasons(),
                "reason": "order" if orders else "",
                "orders": [[order.id, order.name] for order in orders],
                "has_totp": self._has_second_factor(),
                "seconds": SECONDS_SHOWN,
            },
        }

    @api.model
    def _show(self, model, res_id, fname, reason, note="", order_id=None):
        """Return {"number", "e164", "seconds"} of one sealed field and log who asked and why.

        :raises AccessError: without the role or the right to read the record
        :raises UserError: without a second factor, a reason, or a number
        """
        record = self._record(model, res_id, fname)
        self._assert_officer()
        self._assert_second_factor()
        note = self._assert_reason(reason, note)
        text = record[fname]
        if not text:
            raise UserError(self.env._("There is no number here any more: reload the page."))
        order = self._open_orders(record).filtered(lambda order: order.id == order_id)
        self._record_limited_sudo(
            "show",
            reason=reason,
            note=note or False,
            model=model,
            res_id=record.id,
            order_ref=order.name or False,
            code=phone.handle_code(self.env["phone.vault"]._handle(text)),
        )
        return self._shown(record, text)

    @api.model
    def _shown(self, record, text):
        """Return what the dialog gets of a record's number, for two minutes."""
        e164 = self.env["phone.vault"]._e164_of(record, text)
        return {"number": phone.pretty(e164) if e164 else text, "e164": e164 or "", "seconds": SECONDS_SHOWN}

    @api.model
    def _assert_reason(self, reason, note):
        """Return the note in words, tidied; refuse a reason that is not on the list or says nothing."""
        if reason not in dict(REASONS):
            raise UserError(self.env._("Choose why you need the number: the reason is kept with your name."))
        note = self._tidy(note)
        if reason == "other" and len(note) < 4:
            raise UserError(self.env._("Say in a few words why you need the number."))
        return note

    @api.model
    def _tidy(self, note):
        note = " ".join((note or "").split())[:NOTE_LENGTH]
        if phone.has_number(note):
            raise UserError(self.env._("Leave numbers out of the words: they are kept unsealed."))
        return note

    @api.model
    def _assert_second_factor(self):
        if not self._has_second_factor():
            raise UserError(
                self.env._("Numbers are shown to accounts with two factors only: switch yours on and try again.")
            )
        self._assert_settled_factor()

    @api.model
    def _assert_settled_factor(self):
        """Refuse a second factor that was switched on just now: whoever stole a password would do so.

        A sign-in with it proves no more, as the thief would sign in again. The system parameter
        `consent_notify.second_factor_hours` says how long to wait, 24 hours by default.
        """
        # sudo: a setting that everybody is held to, and when the caller's own second factor was switched on
        text = self.env["ir.config_parameter"].sudo().get_param("consent_notify.second_factor_hours", "")
        hours = int(text) if text.strip().isdecimal() else SECOND_FACTOR_HOURS
        since = self.env.user.sudo().totp_since
        if self.env.user.totp_enabled and since and since > fields.Datetime.now() - timedelta(hours=hours):
            raise UserError(
                self.env._(
                    "Numbers are shown %(hours)s hours after two factors were switched on: ask a colleague until then.",
                    hours=hours,
                )
            )

    @api.model
    def _assert_officer(self):
        if not self.env.user.has_group("consent_notify.group_officer"):
            raise AccessError(
                self.env._("Whole numbers are shown to consent officers only: ask one, or your administrator.")
            )

    @api.model
    def _has_second_factor(self):
        return bool(self.env.user._mfa_type())

    @api.model
    def _record(self, model, res_id, fname):
        """Return the record whose sealed field is asked for, with the caller's own rights checked.

        The same refusal for a model, field or record that is not there: nothing is learnt by trying.
        """
        refusal = self.env._("This number is not yours to see, or is no longer there.")
        if model not in self.env or not isinstance(res_id, int):
            raise AccessError(refusal)
        field = self.env[model]._fields.get(fname)
        record = self.env[model].browse(res_id)
        if field is None or not field.sealed or not record.exists():
            raise AccessError(refusal)
        if not record.has_access("read") or not record._has_field_access(field, "read"):
            raise AccessError(refusal)
        return record

    @api.model
    def _open_orders(self, record):
        """Return the orders that the caller may see and that the number may be needed for, newest first."""
        orders = self.env["sale.order"]
        if record._name == "sale.order":
            return record
        partner = record if record._name == "res.partner" else record["partner_id"] if "partner_id" in record else None
        if not partner or not orders.has_access("read"):
            return orders
        domain = [("partner_id", "child_of", partner.commercial_partner_id.id), ("state", "in", ("sent", "sale"))]
        return orders.search(domain, order="id desc", limit=10)

    @api.model
    def _reasons(self):
        return self.env["phone.access"]._fields["reason"]._description_selection(self.env)
