import logging

from odoo import api, models
from odoo.tools import SQL

from ..tools import takeover, vault

_logger = logging.getLogger(__name__)
OURS = "consent_notify"  # what the names of our addons begin with


class PhoneVault(models.Model):
    """The columns of other tables that hold tokens: bound to the vault, and asked before a number is destroyed."""

    _inherit = "phone.vault"

    def _register_hook(self):
        super()._register_hook()
        self._warn_of_old_tables()
        # An app installed or updated since the last start may have brought a sealed column.
        self._bind_columns_sudo()

    @api.model
    def _warn_of_old_tables(self):
        """Say in the log what to do where the code is newer than the tables: whoever needs them meets errors of SQL."""
        needed = {
            (model._table, field.name)
            for model in (self.env[name] for name in self.env.registry)
            if model._auto and not model._abstract
            for field in model._fields.values()
            if field.store and field.column_type and (field._module or "").startswith(OURS)
        }
        if missing := sorted(needed - self._present_columns()):
            _logger.error(
                "The addon is newer than its tables (%s.%s and %s more columns are not there):"
                " stop the shop and run odoo -u %s on this database.",
                *missing[0],
                len(missing) - 1,
                OURS,
            )

    @api.model
    def _sealed_columns(self):
        """Return the (table, column) pairs of this database that hold tokens, sorted."""
        return sorted(
            {
                (model._table, field.name)
                for model in (self.env[name] for name in self.env.registry)
                if model._auto and not model._abstract
                for field in model._sealed_fields()
            }
            & self._present_columns()
        )

    @api.model
    def _present_columns(self):
        """Return the (table, column) pairs that stand in this database: newer code may name others, until an update."""
        self.env.cr.execute(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relnamespace = current_schema::regnamespace AND c.relkind IN ('r', 'p')"
            " AND a.attnum > 0 AND NOT a.attisdropped"
        )
        return set(self.env.cr.fetchall())

    @api.model
    def _bind_columns_sudo(self):
        """Bind every sealed column to the vault by a foreign key, and seal first what stands there in plain text."""
        cr = self.env.cr
        cr.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE confrelid = 'phone_vault'::regclass AND contype = 'f'"
        )
        bound = set(cr.fetchall())
        unbound = {}
        for table, column in self._sealed_columns():
            if (table, vault.key_name(table, column)) not in bound:
                unbound.setdefault(table, []).append(column)
        if not unbound:
            return
        touched = takeover.seal_tables(cr, self._keyring(), unbound, self.env.company.country_id.code)
        for table, columns in unbound.items():
            for column in columns:
                vault.bind_column(cr, table, column)
        takeover.forget_old_rows(cr, touched)

    @api.model
    def _destroy_unused_sudo(self, digests=None):
        """Delete the vault rows whose token no sealed column bears any more; return how many.

        The foreign keys make a mistake here fail rather than lose a number that is in use.

        :param digests: look only at the numbers with these digests
        """
        self.env.flush_all()
        borne = [
            SQL("NOT EXISTS (SELECT 1 FROM %s t WHERE t.%s = v.token)", SQL.identifier(table), SQL.identifier(column))
            for table, column in self._sealed_columns()
        ]
        if digests is not None:
            borne.append(SQL("v.number_digest = ANY(%s)", list(digests)))
        # A refusal is the caller's to handle: somebody took up one of these numbers meanwhile.
        self.env.cr.execute(SQL("DELETE FROM phone_vault v WHERE %s", SQL(" AND ").join(borne)), log_exceptions=False)
        self.env.cr.cache.pop("consent_notify_vault", None)
        return self.env.cr.rowcount
