from odoo import api, models


class ConsentNoticeSource(models.AbstractModel):
    """What the words of a notice are made of: they are cached, and any change of it has to show in them."""

    _name = "consent.notice.source"
    _description = "Source of the Words of a Notice"

    _told_fields = None  # names of the fields that the words tell; None: any

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._told_fields is None or self._told_fields & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
