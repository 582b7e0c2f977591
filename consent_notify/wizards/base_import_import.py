from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import seal
from ..tools.errors import SealError

PLACE = "base_import.import"


class BaseImportImport(models.TransientModel):
    """A file of contacts waits in the database while its columns are matched: sealed, as it is full of numbers."""

    _inherit = "base_import.import"

    file = fields.Binary(compute="_compute_file", inverse="_inverse_file", store=False)
    sealed_file = fields.Binary(attachment=False, readonly=True)

    @api.depends("sealed_file")
    def _compute_file(self):
        ring = self.env["phone.vault"]._keyring()
        for wizard in self.with_context(bin_size=False):
            try:
                wizard.file = wizard.sealed_file and seal.open_bytes(ring.seal, PLACE, wizard.sealed_file)
            except SealError as error:
                raise UserError(self.env._("The file can no longer be opened: upload it again.")) from error

    def _inverse_file(self):
        ring = self.env["phone.vault"]._keyring()
        for wizard in self:
            content = wizard.file
            wizard.sealed_file = content and seal.seal_bytes(ring.primary, ring.seal[ring.primary], PLACE, content)
