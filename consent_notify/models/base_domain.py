import re

from odoo import models, tools

KEPT = re.compile(r"(^|_)domain(_|$)")


class Base(models.AbstractModel):
    """Searches that are kept, whatever model keeps them: no number stands in their words, which are not sealed."""

    _inherit = "base"

    def _validate_fields(self, field_names, excluded_names=()):
        if kept := self._domain_names():
            field_names = set(field_names)
            for name in field_names.intersection(kept):
                for record in self:
                    self.env["phone.door"]._assert_no_number(record[name])
        return super()._validate_fields(field_names, excluded_names)

    @tools.ormcache()
    def _domain_names(self):
        """Return the names of the stored fields of this model that hold the text of a domain."""
        return tuple(
            name
            for name, field in self._fields.items()
            if field.store and field.type in ("char", "text") and KEPT.search(name)
        )
