from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..tools.phone import BULLET

SESSION_KEY = "consent_notify_typed"
REMEMBERED = 5


class OwnerDoorController(CustomerPortal):
    """The owner's door: a page shows a number whole only to the session in which it was typed.

    Whoever gets hold of a customer's account, or of a colleague's address, sees a mask.
    """

    def _prepare_address_form_values(self, partner_sudo, *args, **kwargs):
        values = super()._prepare_address_form_values(partner_sudo, *args, **kwargs)
        values["consent_phone_shown"] = self._phone_shown(partner_sudo)
        return values

    def _create_or_update_address(self, partner_sudo, *args, **form_data):
        if BULLET in str(form_data.get("phone") or ""):
            form_data.pop("phone")  # the mask came back: the number stays as it is
        typed = form_data.get("phone")
        partner_sudo, feedback = super()._create_or_update_address(partner_sudo, *args, **form_data)
        if typed and partner_sudo and "invalid_fields" not in feedback:
            self._remember_typed(partner_sudo)
        return partner_sudo, feedback

    def _phone_shown(self, partner_sudo):
        number = partner_sudo.phone if partner_sudo else ""
        if not number:
            return ""
        if self._trace(partner_sudo) not in request.session.get(SESSION_KEY, ()):
            return request.env["phone.vault"]._mask(number)
        request.env["phone.access"]._record_sudo("owner", model="res.partner", res_id=partner_sudo.id)
        return number

    def _remember_typed(self, partner_sudo):
        trace = self._trace(partner_sudo)
        if trace:
            before = [known for known in request.session.get(SESSION_KEY, ()) if known != trace]
            request.session[SESSION_KEY] = [*before, trace][-REMEMBERED:]

    def _trace(self, partner_sudo):
        """Return what the session keeps of a number: a keyed hash, for this contact alone."""
        number = partner_sudo.phone
        return number and request.env["phone.vault"]._mac("typed", str(partner_sudo.id), number)[:32]
