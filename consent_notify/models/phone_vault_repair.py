import logging
from hashlib import md5

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import phone

_logger = logging.getLogger(__name__)

CHECKED = "consent_notify.unsanitised"
LOCK = 0x72657061  # "repa"
BATCH = 1000


class PhoneVault(models.Model):
    """What an update of an earlier module took from the columns, made good when the registry is whole again."""

    _inherit = "phone.vault"

    def _register_hook(self):
        super()._register_hook()
        try:
            self._repair_sanitized_sudo()
        except (
            UserError
        ) as error:  # a shop without its keyring starts all the same, and says so where a number is asked
            _logger.warning("Contacts whose sanitised number an update emptied were left so. %s", error)

    @api.model
    def _repair_sanitized_sudo(self):
        """Compute `phone_sanitized` again where it is empty beside a number; return how many records got theirs.

        While an earlier module is updated the registry knows nothing of seals: what it computes from a token is
        nothing, and the blacklist would no longer find the contact. Numbers that the core takes for invalid stay
        empty; they are remembered, so that no start computes them twice.
        """
        cr = self.env.cr
        cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cr.fetchone()[0]:
            return 0  # another worker starts at the same moment and does it
        lost = {name: ids for name in self._sanitized_models() if (ids := self._lost_ids(name))}
        if self._mark(lost) == self._checked():
            return 0
        for name, ids in lost.items():
            records = self.env[name].browse(ids)
            for start in range(0, len(records), BATCH):
                batch = records[start : start + BATCH]
                self.env.add_to_compute(batch._fields["phone_sanitized"], batch)
                self._repair_by_vault(batch)
                batch.flush_recordset(["phone_sanitized"])
        left = {name: ids for name in lost if (ids := self._lost_ids(name))}
        cr.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
            " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            [CHECKED, self._mark(left)],
        )
        return sum(map(len, lost.values())) - sum(map(len, left.values()))

    @api.model
    def _repair_by_vault(self, records):
        """Compute the sanitised numbers of records without a country: those were written in the country of a company.

        At the start the company is the first one, whichever wrote them; the vault kept the country.
        """
        for record in records:
            text = record.phone
            region = self._state()["known"].get(text, (None, None))[1]
            if region and phone.needs_region(text) and not self._region_of(record, text):
                record.phone_sanitized = record._phone_format(
                    number=text, country=self.env["res.country"].browse(self._country_id(region))
                )

    @api.model
    @tools.ormcache("region")
    def _country_id(self, region):
        return self.env["res.country"].search([("code", "=", region)], limit=1).id

    @api.model
    def _sanitized_models(self):
        """Return the names of the models whose number and sanitised number are both sealed in their own table."""
        present = self._present_columns()
        return [
            name
            for name in self.env.registry
            if (model := self.env[name])._auto
            and not model._abstract
            and hasattr(model, "_phone_get_number_fields")
            and {"phone", "phone_sanitized"} <= {field.name for field in model._sealed_fields()}
            and {(model._table, "phone"), (model._table, "phone_sanitized")} <= present
        ]

    @api.model
    def _lost_ids(self, name):
        table = SQL.identifier(self.env[name]._table)
        self.env.cr.execute(
            SQL(
                "SELECT t.id FROM %s t JOIN phone_vault v ON v.token = t.phone"
                " WHERE t.phone IS NOT NULL AND t.phone_sanitized IS NULL AND v.number_digest IS NOT NULL ORDER BY 1",
                table,
            )
        )
        return [row_id for (row_id,) in self.env.cr.fetchall()]

    @api.model
    def _mark(self, ids_by_model):
        return (
            md5(repr(sorted(ids_by_model.items())).encode(), usedforsecurity=False).hexdigest() if ids_by_model else ""
        )

    @api.model
    def _checked(self):
        self.env.cr.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [CHECKED])
        row = self.env.cr.fetchone()
        return row[0] if row else ""
