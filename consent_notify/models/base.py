import re

from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.vault_keys import RETIRED


class Base(models.AbstractModel):
    _inherit = "base"

    def _sealed_fields(self):
        """Return the stored sealed fields of this model."""
        found = map(self._fields.__getitem__, self._sealed_names())
        return [field for field in found if field.store and field.column_type]

    def _load_records(self, data_list, update=False):
        self.env["phone.vault"]._resolve_ahead(self, [data["values"] for data in data_list])
        return super()._load_records(data_list, update)

    def _prepare_create_values(self, vals_list):
        self.env["phone.vault"]._resolve_ahead(self, vals_list)
        return super()._prepare_create_values(vals_list)

    def _create(self, data_list):
        # The foreign key is immediate: vault rows stand before the columns that name them.
        if sealed := self._sealed_fields():
            vault = self.env["phone.vault"]
            for data in data_list:
                stored = data["stored"]
                region = vault._region_of_values(self, stored)
                for field in sealed:
                    if stored.get(field.name):
                        stored[field.name] = text = field.convert_to_cache(stored[field.name], self)
                        if text:
                            vault._announce(text, region)
            vault._seal_announced_sudo()
        return super()._create(data_list)

    def _write_multi(self, vals_list):
        # Flushing converted the values already; what it announced goes in first.
        self.env["phone.vault"]._seal_announced_sudo()
        return super()._write_multi(vals_list)

    def _fetch_query(self, query, fields):
        if not any(field.sealed for field in fields):
            return super()._fetch_query(query, fields)
        with self.env["phone.vault"]._opening_together():
            return super()._fetch_query(query, fields)

    def _read_format(self, fnames, load="_classic_read"):
        result = super()._read_format(fnames, load)
        return self.env["phone.vault"]._mask_rows(self, fnames, result)

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if self._fields[field_name.split(".")[0]].sealed:
            raise UserError(self.env._("Phone numbers are sealed and cannot be sorted: choose another column."))
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query) -> SQL:
        field = self._fields.get(groupby_spec.split(":")[0].split(".")[0])
        if field is not None and field.sealed:
            raise UserError(self.env._("Phone numbers are sealed and cannot be grouped: choose another field."))
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _read_group_select(self, aggregate_spec, query) -> SQL:
        field = self._fields.get(aggregate_spec.split(":")[0])
        if field is not None and field.sealed and not aggregate_spec.endswith((":count", ":count_distinct")):
            raise UserError(self.env._("Phone numbers are sealed and cannot be summed up: choose another field."))
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _sql_error_to_message(self, exc):
        """Say in words what PostgreSQL refused of a sealed column: its own text holds what was written there."""
        constraint = exc.diag.constraint_name or ""
        if constraint.endswith("_vault_fkey"):
            return self.env._("A phone number was changed or erased at the same moment: reload the page and try again.")
        if constraint.startswith(RETIRED):
            return self.env._(
                "This server still has an old keyring: have the present one copied to it, then try again."
            )
        if isinstance(exc, UniqueViolation):
            columns = exc.diag.message_detail or ""
            if any(re.search(rf"\b{field.name}\b", columns) for field in self._sealed_fields()):
                return self.env._("This phone number is in the list already.")
        return super()._sql_error_to_message(exc)
