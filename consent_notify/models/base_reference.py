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
        return [self._refer(values, dict(default or ())) for values in rows] if self._sealed_names() else rows

    def _sealed_names(self):
        return [name for name, field in self._fields.items() if field.sealed]

    @api.model
    def _refer(self, values, given=()):
        """Return `values` with handles in place of the numbers that were opened to make them.

        :param given: what the caller gave of them and may keep; changed, it would confirm a guess
        """
        vault = self.env["phone.vault"]
        state = vault._state()
        for name in self._sealed_names():
            text = values.get(name)
            # What is not known was given, too: by a default that somebody keeps.
            is_own = isinstance(text, str) and BULLET not in text and not (name in given and given[name] == text)
            if is_own and text in state["known"]:
                values[name] = handle = vault._handle(text)
                state.setdefault("referred", {})[handle] = text
        return values
