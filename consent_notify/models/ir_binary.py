from odoo import models

from ..fields import tells_number


class IrBinary(models.AbstractModel):
    """Pictures and files are named by whatever field their address asks for, on the way to visitors as well."""

    _inherit = "ir.binary"

    def _get_stream_from(self, record, field_name="raw", filename=None, filename_field="name", *args, **kwargs):
        field = record._fields.get(filename_field)
        if field is not None and tells_number(field, self.env):
            filename_field = ""  # no field's name: the core makes one of the model and the id
        return super()._get_stream_from(record, field_name, filename, filename_field, *args, **kwargs)
