from odoo import models
from odoo.exceptions import UserError

from ..tools import uninstall


class IrModuleModule(models.Model):
    """An uninstall is an export of every number: not by the Apps screen, where nobody asks why and nothing stays."""

    _inherit = "ir.module.module"

    def button_uninstall_wizard(self):
        self._assert_numbers_stay_sealed()
        return super().button_uninstall_wizard()

    def button_immediate_uninstall(self):
        self._assert_numbers_stay_sealed()
        return super().button_immediate_uninstall()

    def button_uninstall(self):
        self._assert_numbers_stay_sealed()
        return super().button_uninstall()

    def module_uninstall(self):
        # What the others end in; called by itself it would drop the vault and leave tokens behind.
        self._assert_numbers_stay_sealed()
        return super().module_uninstall()

    def _assert_numbers_stay_sealed(self):
        """Refuse to remove what seals numbers, unless the command does it: also a glue addon by itself.

        An app that goes with its table takes its numbers along, and they with it.
        """
        going = set((self + self.downstream_dependencies()).mapped("name"))
        if "consent_notify" in going:
            if not uninstall.get_permit():
                raise UserError(self.env._(uninstall.REFUSAL, database=self.env.cr.dbname))
            return
        for model in self.env.registry.values():
            for field in model._fields.values():
                by = set(field._modules)
                if field.sealed and by & going and by - going:
                    raise UserError(
                        self.env._(
                            "Phone numbers of another app are sealed by this addon: uninstall that app along with it."
                        )
                    )
