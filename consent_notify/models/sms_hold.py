import re
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

# "" is every number; else how the numbers of one country begin. A whole number must not stand here.
PREFIX = re.compile(r"(\+[1-9]\d{0,2})?")


class SmsHold(models.Model):
    """Until when an account gets no texts, or none to one country: what a provider asked for outlives who heard it.

    It holds for the account that it was said to: with other settings it is void. Written by SQL alone.
    """

    _name = "sms.hold"
    _description = "Pause of an SMS Account"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    settings_digest = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    prefix = fields.Char("Country Prefix", required=True, readonly=True, help="Empty: every number.")
    until = fields.Datetime(required=True, readonly=True)

    _prefix_unique = models.UniqueIndex("(company_id, prefix)")

    @api.model
    def _in_force_sudo(self):
        """Return {company id: {beginning of a number: seconds that it is still held}}."""
        now = _now()
        query = SQL("SELECT company_id, settings_digest, prefix, until FROM sms_hold WHERE until > %s", now)
        self.env.cr.execute(query)
        rows, found = self.env.cr.fetchall(), {}
        digests = self._settings_digests_sudo({company_id for company_id, *_rest in rows})
        for company_id, settings_digest, prefix, until in rows:
            if settings_digest == digests[company_id]:
                found.setdefault(company_id, {})[prefix] = (until - now).total_seconds()
        return found

    @api.model
    def _settings_digests_sudo(self, company_ids):
        """Return {company id: digest of its present settings}. Queries: constant, however many companies there are."""
        companies = self.env["res.company"].browse(company_ids)
        return {company.id: company._sms_settings_digest_sudo() for company in companies}

    @api.model
    def _add_sudo(self, holds, settings_digests):
        """Keep what answers have put off.

        :param holds: {company id: {beginning of a number: seconds}}
        :param settings_digests: {company id: digest of the settings that the answers are about}
        """
        rows = sorted(
            (company_id, settings_digests[company_id], prefix, _after(seconds))
            for company_id, prefixes in holds.items()
            for prefix, seconds in prefixes.items()
            if PREFIX.fullmatch(prefix)
        )
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO sms_hold AS h (company_id, settings_digest, prefix, until)"
                " SELECT * FROM unnest(%s::int[], %s::varchar[], %s::varchar[], %s::timestamp[])"
                " ON CONFLICT (company_id, prefix) DO UPDATE SET settings_digest = EXCLUDED.settings_digest, until ="
                " GREATEST(EXCLUDED.until, CASE WHEN h.settings_digest = EXCLUDED.settings_digest THEN h.until END)",
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )

    @api.model
    def _clean_up_sudo(self):
        """Forget what is over or void; return the ids of the companies whose account was mended meanwhile."""
        self.env.cr.execute("SELECT DISTINCT company_id, settings_digest FROM sms_hold")
        rows = self.env.cr.fetchall()
        digests = self._settings_digests_sudo({company_id for company_id, _digest in rows})
        void = [company_id for company_id, settings_digest in rows if settings_digest != digests[company_id]]
        self.env.cr.execute(SQL("DELETE FROM sms_hold WHERE until <= %s OR company_id = ANY(%s)", _now(), void))
        return void

    @api.model
    def _next_end_sudo(self):
        """Return the moment at which the first hold ends, or None."""
        self.env.cr.execute(SQL("SELECT min(until) FROM sms_hold WHERE until > %s", _now()))
        return self.env.cr.fetchone()[0]

    @api.model
    def _look_again_sudo(self):
        """Have the queue looked at, if an account was held: somebody has changed settings."""
        self.env.cr.execute("SELECT FROM sms_hold LIMIT 1")
        if self.env.cr.rowcount:
            # sudo: a wake-up, nothing else
            self.env.ref("sms.ir_cron_sms_scheduler_action").sudo()._trigger()


def _now():
    """Return the present moment as the database writes it, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def _after(seconds):
    """Return the first whole second that is not earlier than so many seconds from now."""
    moment = _now() + timedelta(seconds=seconds)
    return moment if not moment.microsecond else moment.replace(microsecond=0) + timedelta(seconds=1)
