import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools import config

from ..tools import holidays
from .phone_access_watch import HOURS, HOURS_DEFAULT, LIMITS, parse_hours

PHONE_LIKE = re.compile(r"phone|mobile|(^|_)(tel|fax)(_|$)|sms_number")
# Looks like a number and is none, or is the shop's own.
PUBLIC = {
    "ir.actions.act_window.mobile_view_mode",
    "res.bank.phone",
    "res.company.phone",
    "res.country.phone_code",
}

# What proxies add to a request, and what is left behind where Odoo believed it.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED")
BELIEVED = "werkzeug.proxy_fix.orig"

# Settings of PostgreSQL that write statements into its log, with the value that keeps numbers out. A refused write
# is logged with its values, and so is any slow or sampled statement. Statements of the ORM hold tokens in place of
# numbers; those of other modules' own SQL hold what they are given.
QUIET = {
    "log_error_verbosity": ({"terse"}, "terse"),  # else DETAIL names the refused value
    "log_statement": ({"none", "ddl"}, "none"),
    "log_min_error_statement": ({"log", "fatal", "panic"}, "panic"),
    "log_min_duration_statement": ({"-1"}, "-1"),
    "log_min_duration_sample": ({"-1"}, "-1"),
    "log_transaction_sample_rate": ({"0"}, "0"),
    "auto_explain.log_min_duration": ({"-1"}, "-1"),
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    consent_sender = fields.Char(related="company_id.consent_sender", readonly=False)
    collect_hours = fields.Char(related="company_id.collect_hours", readonly=False)
    sms_in_flight = fields.Integer(related="company_id.sms_in_flight", readonly=False, groups="base.group_system")
    sms_retry_hours = fields.Integer(related="company_id.sms_retry_hours", readonly=False, groups="base.group_system")
    consent_texts_on = fields.Boolean(related="company_id.consent_texts_on", readonly=False)
    consent_hour_from = fields.Integer(related="company_id.consent_hour_from", readonly=False)
    consent_hour_to = fields.Integer(related="company_id.consent_hour_to", readonly=False)
    consent_daily_cap = fields.Integer(related="company_id.consent_daily_cap", readonly=False)
    consent_holidays_missing = fields.Boolean(compute="_compute_consent_notify")
    consent_kit_missing = fields.Boolean(compute="_compute_consent_notify")
    consent_log_leaks = fields.Text(compute="_compute_consent_notify")
    consent_log_commands = fields.Text(compute="_compute_consent_notify")
    consent_unsealed = fields.Text(compute="_compute_consent_notify")
    consent_proxy_off = fields.Boolean(compute="_compute_consent_notify")
    consent_watch_opened = fields.Integer(
        "Numbers an Hour", config_parameter=LIMITS["opened"][3], default=LIMITS["opened"][4]
    )
    consent_watch_exported = fields.Integer(
        "Exported Numbers a Day", config_parameter=LIMITS["exported"][3], default=LIMITS["exported"][4]
    )
    consent_watch_passwords = fields.Integer(
        "Wrong Passwords an Hour", config_parameter=LIMITS["password"][3], default=LIMITS["password"][4]
    )
    consent_watch_hours = fields.Char("Working Hours", config_parameter=HOURS, default=HOURS_DEFAULT)
    consent_confirm = fields.Boolean(related="company_id.consent_confirm", readonly=False)
    consent_anchor_email = fields.Char(related="company_id.consent_anchor_email", readonly=False)
    consent_print_report_ids = fields.Many2many(
        "ir.actions.report",
        compute="_compute_consent_print_report_ids",
        inverse="_inverse_consent_print_report_ids",
        string="Documents with Whole Numbers",
    )

    @api.constrains("consent_watch_hours", "consent_watch_opened", "consent_watch_exported", "consent_watch_passwords")
    def _check_consent_watch(self):
        for settings in self:
            if settings.consent_watch_hours and not parse_hours(settings.consent_watch_hours):
                raise ValidationError(self.env._("Write the working hours as 7-21: the first hour and the last."))
            limits = (settings.consent_watch_opened, settings.consent_watch_exported, settings.consent_watch_passwords)
            if min(limits) < 1:
                raise ValidationError(self.env._("A limit is at least 1: managers are told of what goes beyond it."))

    @api.depends("company_id")
    def _compute_consent_notify(self):
        leaks = self._log_leaks()
        lines = [self.env._("%(name)s is %(value)s", name=name, value=value) for name, value, _quiet in leaks]
        if config["log_db"]:
            lines.append(self.env._("log_db of Odoo copies its log into the database"))
        commands = [f"ALTER SYSTEM SET {name} = '{quiet}';" for name, _value, quiet in leaks]
        if commands:
            commands.append("SELECT pg_reload_conf();")
        unsealed = "\n".join(self._unsealed_columns())
        for settings in self:
            settings.consent_holidays_missing = not holidays.is_known()
            settings.consent_unsealed = unsealed
            settings.consent_proxy_off = self._is_proxy_unknown()
            settings.consent_kit_missing = self.env["consent.recovery.kit"]._is_missing()
            settings.consent_log_leaks = "\n".join(lines)
            settings.consent_log_commands = "\n".join(commands)

    def _compute_consent_print_report_ids(self):
        self.consent_print_report_ids = self.env["ir.actions.report"].search([("consent_print_number", "=", True)])

    def _inverse_consent_print_report_ids(self):
        for settings in self:
            before = self.env["ir.actions.report"].search([("consent_print_number", "=", True)])
            (before - settings.consent_print_report_ids).consent_print_number = False
            (settings.consent_print_report_ids - before).consent_print_number = True

    @api.model
    def _unsealed_columns(self):
        """Return "Model: Field (table.column)" of stored columns that look like phone numbers and are not sealed."""
        found = []
        models_sudo = self.env["ir.model"].sudo()  # sudo: the names of models are no secret
        names = {model.model: model.name for model in models_sudo.search([])}
        for name in sorted(self.env.registry):
            model = self.env[name]
            if not model._auto or model._abstract or model._transient:
                continue
            label = names.get(name, model._description)
            found += [
                f"{label}: {field.get_description(self.env)['string']} ({model._table}.{field.name})"
                for field in model._fields.values()
                if field.store
                and field.type in ("char", "text")
                and PHONE_LIKE.search(field.name)
                and not field.sealed
                and f"{model._name}.{field.name}" not in PUBLIC
            ]
        return found

    @api.model
    def _is_proxy_unknown(self):
        """Tell whether this request came by a proxy that Odoo takes for the visitor: the log keeps its address."""
        environ = request.httprequest.environ if request else {}
        return any(name in environ for name in FORWARDED) and BELIEVED not in environ

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
