from odoo import api, models
from odoo.exceptions import UserError


class IrDefault(models.Model):
    _inherit = "ir.default"

    @api.model
    def set(self, model_name, field_name, value, *args, **kwargs):
        """Refuse a number before the core does: its refusal repeats the value, and refusals are logged."""
        field = self.env[model_name]._fields.get(field_name) if model_name in self.env else None
        if field is not None and field.sealed and value:
            raise self._refusal()
        return super().set(model_name, field_name, value, *args, **kwargs)

    @api.constrains("field_id", "json_value")
    def _check_no_number(self):
        """Keep no number among the defaults: they stand in the database unsealed."""
        for default in self:
            field_sudo = default.field_id.sudo()  # sudo: any user has defaults, few read the fields' table
            model = self.env.get(field_sudo.model)
            field = model._fields.get(field_sudo.name) if model is not None else None
            if field is not None and field.sealed and default.json_value not in ("false", "null", '""'):
                raise self._refusal()

    def _refusal(self):
        return UserError(self.env._("A phone number is no default: type it on the contact that it belongs to."))
