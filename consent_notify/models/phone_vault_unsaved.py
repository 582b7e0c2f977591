from odoo import api, models

from ..tools.held import FORM
from ..tools.sent import digits_of


class PhoneVault(models.Model):
    """What `read` returns of records that are not saved, on a form that is being filled in.

    A code stands for a saved number alone. Were a typed one shown with it, anybody could compare a guess with the code
    on a customer's record.
    """

    _inherit = "phone.vault"

    @api.model
    def _mask_unsaved(self, model, fname, rows):
        """Mask one sealed field in `rows` of new records, some of which stand for saved ones."""
        form = FORM.get()
        for vals in rows:
            text = vals[fname]
            if form and form.texts:
                self._mask_beside_typed(form, model, fname, vals)
            elif text:
                vals[fname] = self._handle_if_saved(model, fname, vals["id"], text)

    @api.model
    def _mask_beside_typed(self, form, model, fname, vals):
        """Mask one sealed field of a row on a form into which somebody typed a number."""
        text, record_id = vals[fname], vals["id"]
        own = form.of_row(model._name, record_id)
        is_root = (record_id.origin or record_id.ref) == form.root
        if text and (is_root or not record_id.origin) and fname in own and _tail(text) == _tail(own[fname]):
            return  # to the row it was typed into, as typed
        if record_id.origin and (not text or form.holds(text) or text == self._saved(model, fname, record_id)):
            # Left out, whether it changed or not: that too would tell whether a guess is right.
            del vals[fname]
        elif text:
            vals[fname] = self._mask(text) if form.holds(text) else self._handle_if_saved(model, fname, record_id, text)

    @api.model
    def _handle_if_saved(self, model, fname, record_id, text):
        """Return the handle of a number that this transaction got from a saved record, the mask of any other."""
        if model._transient:
            return self._mask(text)
        known = self._state()["known"]
        # An onchange may have formatted what it copied.
        if text in known or text == self._saved(model, fname, record_id) or _tail(text) in map(_tail, known):
            return self._handle(text)
        return self._mask(text)

    @api.model
    def _saved(self, model, fname, record_id):
        """Return the text that stands on the saved record behind a row, if there is one."""
        return record_id.origin and model.browse(record_id.origin).sudo()[fname]  # sudo: to compare, not to show


def _tail(number):
    """Return what is alike of a number as it was typed and as an onchange formatted it."""
    digits = digits_of(number)
    return digits[-9:] if len(digits) >= 9 else number
