from odoo import models

from ..tools.held import FORM, held
from ..tools.sent import Typed


class Base(models.AbstractModel):
    """A form that is being filled in: what was typed comes back as typed, and confirms no other record's number."""

    _inherit = "base"

    def onchange(self, values, field_names, fields_spec):
        # Not in the context: a client may put its own in place of it, line by line.
        with held(FORM, Typed(self, values, fields_spec)) as form:
            self.env["phone.door"]._count_typed_on_form(form, self._name)
            return super().onchange(values, field_names, fields_spec)
