from operator import itemgetter

from odoo import api, models
from odoo.api import NewId

from ..tools import phone
from .phone_vault_mask import join

# Columns that no number can stand in as text: lists of thousands should not look there.
NOT_TEXT = frozenset(("boolean", "integer", "float", "monetary", "date", "datetime", "binary", "one2many", "many2many"))
HASHABLE = frozenset(("char", "text", "html", "selection", "reference"))


class PhoneVault(models.Model):
    """What `read` and its kin return, masked: thousands of rows at once, so column by column wherever that can be."""

    _inherit = "phone.vault"

    @api.model
    def _mask_rows(self, model, fnames, rows):
        """Put handles in place of numbers in `rows` of `_read_format`; return `rows`.

        Besides sealed fields, any text equal to a number opened in this transaction is masked: display names,
        and what another module's compute copied.
        """
        opened = self._state()["known"]
        for fname in fnames:
            field = model._fields[fname]
            if field.sealed:
                self._mask_sealed(model, fname, rows)
            elif opened and field.type not in NOT_TEXT and field.__dict__.get("sealed") is not False:
                # Thousands of names are not gone through one by one; the longer texts of wizards are.
                if (
                    model._transient
                    or field.type not in HASHABLE
                    or not opened.keys().isdisjoint(map(itemgetter(fname), rows))
                ):
                    self._mask_opened(model, fname, rows)
        return rows

    @api.model
    def _mask_sealed(self, model, fname, rows):
        """Mask one sealed field in `rows`."""
        if rows and isinstance(rows[0].get("id"), NewId):
            self._mask_unsaved(model, fname, rows)
            return
        texts = list(filter(None, map(itemgetter(fname), rows)))
        if not texts:
            return
        opened = self._state()["known"]
        if model._transient:
            # A wizard is made by anyone: were its numbers shown with their codes, equal codes would confirm a guess.
            shown = map(self._mask, texts)
        elif all(known := [opened.get(text) for text in texts]):
            codes, regions = zip(*known, strict=True)
            shown = iter(join(phone.mask_all(texts, regions), codes))
        else:
            shown = map(self._handle, texts)
        for vals in rows:
            if vals[fname]:
                vals[fname] = next(shown)

    @api.model
    def _mask_opened(self, model, fname, rows):
        """Mask what is equal to a number opened in this transaction in another field of `rows`."""
        opened = self._state()["known"]
        shown_as = self._mask if model._transient else self._handle
        form = self._state().get("typed")
        typed = form.texts if form else ()  # what the client has anyway; changed, it would confirm a guess
        for vals in rows:
            value = vals[fname]
            if isinstance(value, str):
                if value in opened and value not in typed:
                    vals[fname] = shown_as(value)
                elif value and model._transient:
                    vals[fname] = self._mask_within(value)
            elif isinstance(value, tuple) and len(value) == 2 and value[1] in opened:
                vals[fname] = (value[0], shown_as(value[1]))
