from operator import itemgetter

from odoo import api, models, tools
from odoo.api import NewId

from ..tools import phone
from ..tools.held import FORM
from .phone_vault_mask import join

# Fields that code may make of a number.
TEXT = frozenset(("char", "text", "html"))


class PhoneVault(models.Model):
    """What `read` and its kin return, masked: thousands of rows at once, so column by column wherever that can be."""

    _inherit = "phone.vault"

    @api.model
    def _mask_rows(self, model, fnames, rows):
        """Put handles in place of numbers in `rows` of `_read_format`; return `rows`.

        Besides sealed fields, a text that code may have made of a number is masked if it equals one that was opened in
        this transaction: display names, and what another module's compute copied. Not so what people write: whoever
        named a thousand tags by guesses would read the right one from its mask.
        """
        opened = self._state()["known"]
        copying = self._copying_fields(model._name) if opened else ()
        for fname in fnames:
            if model._fields[fname].sealed:
                self._mask_sealed(model, fname, rows)
            elif fname in copying:
                self._mask_opened(model, fname, rows)
        return rows

    @api.model
    def _mask_exported(self, field, value, record):
        """Return what an export says in place of the text `value` of a field: what `read` says."""
        row = {"id": record.id, field.name: value}
        self._mask_rows(record, [field.name], [row])
        return row.get(field.name, "")

    @api.model
    @tools.ormcache("name")
    def _copying_fields(self, name):
        """Return the names of the fields of a model whose text may be a number that code put there (frozenset).

        Computed at each reading from a sealed field, or from nobody knows what. A stored field is none: whoever may
        write it may write a guess.
        """
        model, derived = self.env[name], self._derived_fields()
        found = set()
        for field in model._fields.values():
            if field.type == "many2one" and not field.sealed:
                # What is read of it is the other record's name.
                if self.env.registry[field.comodel_name]._fields["display_name"] in derived:
                    found.add(field.name)
            elif field.type in TEXT and field.compute and not field.store and not field.sealed and not field.related:
                if field in derived or (field.name != "display_name" and self._is_of_anything(model, field)):
                    found.add(field.name)
        return frozenset(found)

    @api.model
    def _is_of_anything(self, model, field):
        """Tell whether the compute of a field does not say what it reads, or is a wizard's, which gathers texts."""
        return model._transient or not self.env.registry.field_depends[field]

    @api.model
    @tools.ormcache()
    def _derived_fields(self):
        """Return the fields of all models that are computed, by whatever way, from a sealed one (frozenset)."""
        registry = self.env.registry
        sealed = [field for name in registry for field in registry[name]._fields.values() if field.sealed]
        return frozenset(derived for field in sealed for derived in registry.get_dependent_fields(field))

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
        """Mask what is equal to a number opened in this transaction in a field of `rows` that code may make of one."""
        opened, form = self._state()["known"], FORM.get()
        shown_as = self._mask if model._transient else self._handle
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
