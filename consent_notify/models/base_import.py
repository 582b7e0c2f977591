from odoo import api, models

from ..tools.held import IMPORT, Import, held


class Base(models.AbstractModel):
    """An import brings many numbers at once: it has a limit of its own, and leaves a row with how many."""

    _inherit = "base"

    @api.model
    def load(self, fields, data):
        brought = Import()
        try:
            with held(IMPORT, brought):
                return super().load(fields, data)
        finally:
            if brought.conflict:
                # The core makes a message of it, as of a wrong row: raised again, the whole request is tried again.
                raise brought.conflict
            self.env["phone.door"]._count_imported(brought.codes, self._name)
