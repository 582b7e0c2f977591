from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..tools.phone import BULLET

SESSION_KEY = "consent_notify_typed"
REMEMBERED = 5


def was_typed(partner_sudo):
    """Tell whether this contact's present number was typed in this session."""
    return trace_of(partner_sudo) in request.session.get(SESSION_KEY, ())


def trace_of(partner_sudo):
    """Return what the session keeps of a number: a keyed hash, for this contact alone."""
    number = partner_sudo.phone
    return number and request.env["phone.vault"]._mac("typed", str(partner_sudo.id), number)[:32]


class OwnerDoorController(CustomerPortal):
    """The owner's door: a page shows a number whole only to the session in which it was typed.

    Whoever gets hold of a customer's account, or of a colleague's address, sees a mask.
    """

    def _prepare_address_form_values(self, partner_sudo, *args, **kwargs):
        values = super()._prepare_address_form_values(partner_sudo, *args, **kwargs)
        values["consent_phone_shown"] = self._phone_shown(partner_sudo)
        return values

    def _create_or_update_address(self, partner_sudo, *args, **form_data):
        typed = form_data.get("phone")
        if not isinstance(typed, str) or BULLET in typed:
            form_data.pop("phone", None)  # an uploaded file, or the mask came back: the number stays as it is
            typed = None
        partner_sudo, feedback = super()._create_or_update_address(partner_sudo, *args, **form_data)
        if typed and partner_sudo and "invalid_fields" not in feedback:
            self._remember_if_typed(partner_sudo, typed)
        return partner_sudo, feedback

    def _validate_address_values(self, address_values, partner_sudo, *args, **kwargs):
        invalid, missing, messages = super()._validate_address_values(address_values, partner_sudo, *args, **kwargs)
        typed = address_values.get("phone")
        if typed and typed != partner_sudo.phone and "phone" not in invalid:
            country = request.env["res.country"].browse(address_values.get("country_id")) or partner_sudo.country_id
            if not self._is_reachable(typed, country):
                invalid.add("phone")
                messages.append(request.env._("This number cannot be reached: type it with its country code."))
        return invalid, missing, messages

    def _is_reachable(self, typed, country):
        """Tell whether a person typed a number that a phone could dial; a mask or a file is none."""
        if not isinstance(typed, str) or BULLET in typed:
            return False
        return bool(request.env["phone.vault"]._digest(typed, country))

    def _phone_shown(self, partner_sudo):
        number = partner_sudo.phone if partner_sudo else ""
        if not number:
            return ""
        if not was_typed(partner_sudo):
            return request.env["phone.vault"]._mask(number)
        request.env["phone.access"]._record_sudo("owner", model="res.partner", res_id=partner_sudo.id)
        return number

    def _remember_if_typed(self, partner_sudo, typed):
        """Remember the contact's present number if it is the one that was `typed`."""
        country = partner_sudo.country_id
        digest = self._is_reachable(typed, country) and request.env["phone.vault"]._digest(typed, country)
        if digest and digest == request.env["consent.subject"]._digest_of(partner_sudo):
            self._remember_typed(partner_sudo)

    def _remember_typed(self, partner_sudo):
        trace = trace_of(partner_sudo)
        if trace:
            before = [known for known in request.session.get(SESSION_KEY, ()) if known != trace]
            request.session[SESSION_KEY] = [*before, trace][-REMEMBERED:]
