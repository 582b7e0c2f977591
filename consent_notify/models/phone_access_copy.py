from odoo import api, models
from odoo.api import NewId

WAITING = "consent_notify_copies"


class PhoneAccess(models.Model):
    """A number put on another record by its handle, or with a whole record: noted when the change is certain."""

    _inherit = "phone.access"

    @api.model
    def _note_copy_sudo(self, source, code, target, target_model):
        """Remember that `target` takes the number of `source`; written with all others just before the commit.

        :param target: recordset of `target_model`, empty for a record that is being made
        """
        if self.env[target_model]._transient or any(isinstance(target_id, NewId) for target_id in target._ids):
            return  # a form or a wizard: saving it asks again
        hooks = self.env.cr.precommit
        waiting = hooks.data.setdefault(WAITING, {})
        if not waiting:
            hooks.add(self._write_copies_sudo)
        note = ", ".join(f"{target_model}({target_id})" for target_id in target.ids) or f"{target_model}(new)"
        # Fields are converted more than once on their way to the column.
        waiting.setdefault((source._name, source.id, code, note), self.env)

    @api.model
    def _write_copies_sudo(self):
        waiting = self.env.cr.precommit.data.pop(WAITING, {})
        self._record_all_sudo(
            "copy",
            [
                {
                    "model": model,
                    "res_id": res_id,
                    "code": code,
                    "note": note,
                    **self._who(env.user),
                    "company_id": env.company.id,
                }
                for (model, res_id, code, note), env in waiting.items()
            ],
        )
