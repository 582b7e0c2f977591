from odoo import api, fields, models
from odoo.tools import config

# Settings of PostgreSQL that write statements into its log, with the value that keeps numbers out. A refused write
# is logged with its values, and so is any slow or sampled statement.
QUIET = {
    "log_statement": ({"none", "ddl"}, "none"),
    "log_min_error_statement": ({"log", "fatal", "panic"}, "panic"),
    "log_min_duration_statement": ({"-1"}, "-1"),
    "log_min_duration_sample": ({"-1"}, "-1"),
    "log_transaction_sample_rate": ({"0"}, "0"),
    "auto_explain.log_min_duration": ({"-1"}, "-1"),
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    consent_kit_missing = fields.Boolean(compute="_compute_consent_notify")
    consent_log_leaks = fields.Text(compute="_compute_consent_notify")
    consent_log_commands = fields.Text(compute="_compute_consent_notify")

    @api.depends("company_id")
    def _compute_consent_notify(self):
        leaks = self._log_leaks()
        lines = [self.env._("%(name)s is %(value)s", name=name, value=value) for name, value, _quiet in leaks]
        if config["log_db"]:
            lines.append(self.env._("log_db of Odoo copies its log into the database"))
        commands = [f"ALTER SYSTEM SET {name} = '{quiet}';" for name, _value, quiet in leaks]
        if commands:
            commands.append("SELECT pg_reload_conf();")
        for settings in self:
            settings.consent_kit_missing = self.env["consent.recovery.kit"]._is_missing()
            settings.consent_log_leaks = "\n".join(lines)
            settings.consent_log_commands = "\n".join(commands)

    @api.model
    def _log_leaks(self):
        """Return the PostgreSQL settings that may write numbers into its log: (name, value, quiet value)."""
        self.env.cr.execute(
            "SELECT name, current_setting(name) FROM unnest(%s) name WHERE current_setting(name, true) IS NOT NULL",
            [list(QUIET)],
        )
        found = dict(self.env.cr.fetchall())
        return [
            (name, found[name], quiet) for name, (good, quiet) in QUIET.items() if found.get(name, quiet) not in good
        ]

    def action_consent_recovery_kit(self):
        return self.env["consent.recovery.kit"].action_open()
