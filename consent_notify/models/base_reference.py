from odoo import api, models

from ..tools.phone import BULLET


class Base(models.AbstractModel):
    """Values of a record to come leave the server, too: whoever asks for them by RPC gets handles.

    Code that makes a record of them in the same transaction gets the number back, whoever it runs as.
    """

    _inherit = "base"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        return self._refer(values) if self._sealed_names() else values

    def copy_data(self, default=None):
        rows = super().copy_data(default)
        return [self._refer(values) for values in rows] if self._sealed_names() else rows

    def _sealed_names(self):
        return [name for name, field in self._fields.items() if field.sealed]

    @api.model
    def _refer(self, values):
        """Return `values` with handles in place of the numbers that were opened to make them."""
        vault = self.env["phone.vault"]
        state = vault._state()
        for name in self._sealed_names():
            text = values.get(name)
            # What is not known was given by the caller, who may keep it.
            if isinstance(text, str) and BULLET not in text and text in state["known"]:
                values[name] = handle = vault._handle(text)
                state.setdefault("referred", {})[handle] = text
        return values
