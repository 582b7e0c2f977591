from collections import namedtuple

from odoo import models
from odoo.tools import SQL

# Forgetting a number here would forget that it must not be texted.
KEPT_MODELS = {"phone.blacklist"}


class Column(namedtuple("Column", "table column owner is_person")):
    """A sealed column; `owner` names the column of the contact a row is about, `is_person` rows are a person's own."""

    def names(self):
        """Return the identifiers for a query."""
        owner = SQL.identifier(self.owner) if self.owner else None
        return {"table": SQL.identifier(self.table), "column": SQL.identifier(self.column), "owner": owner}


class ConsentRetention(models.Model):
    """Where the numbers stand that are past their term."""

    _inherit = "consent.retention"

    # ------------------------------------------------------------ columns

    def _columns(self):
        """Return every sealed `Column` from which numbers are taken."""
        columns = []
        for name in sorted(self.env.registry):
            model = self.env[name]
            if not model._auto or model._abstract or name in KEPT_MODELS:
                continue
            owner = self._owner_column(model)
            is_person = "phone_sanitized" in model._fields
            columns += [Column(model._table, field.name, owner, is_person) for field in model._sealed_fields()]
        return columns

    def _owner_column(self, model):
        """Return the column that names the contact whose number a row of `model` bears, or None."""
        if model._name == "res.partner":
            return "id"
        fields_to_partner = [
            field.name
            for field in model._fields.values()
            if field.type == "many2one" and field.store and field.comodel_name == "res.partner"
        ]
        for name in ("res_partner_id", "partner_id"):
            if name in fields_to_partner:
                return name
        return fields_to_partner[0] if len(fields_to_partner) == 1 else None

    def _pairs(self, numbers):
        partners, digests = zip(*numbers, strict=True)
        return SQL("unnest(%s::int[], %s::varchar[]) d (partner_id, number_digest)", list(partners), list(digests))

    def _borne(self, numbers):
        """Return those of the pairs whose number still stands somewhere as that contact's."""
        if not numbers:
            return []
        stands = SQL(" OR ").join(
            SQL(
                "EXISTS (SELECT FROM phone_vault v JOIN %(table)s t ON t.%(column)s = v.token"
                " WHERE v.number_digest = d.number_digest AND t.%(owner)s = d.partner_id)",
                **column.names(),
            )
            for column in self._columns()
            if column.owner
        )
        self.env.cr.execute(SQL("SELECT d.partner_id, d.number_digest FROM %s WHERE %s", self._pairs(numbers), stands))
        return self.env.cr.fetchall()

    def _with_addresses(self, numbers):
        """Return the pairs and those of the customer's own addresses that bear the same number and never answered."""
        if not numbers:
            return []
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT a.id, d.number_digest
                  FROM %s
                  JOIN res_partner a ON a.parent_id = d.partner_id AND a.type != 'contact'
                  JOIN phone_vault v ON v.number_digest = d.number_digest AND v.token IN (a.phone, a.phone_sanitized)
                 WHERE NOT EXISTS (SELECT FROM consent_subject s
                                    WHERE s.partner_id = a.id AND s.number_digest = d.number_digest)
                """,
                self._pairs(numbers),
            )
        )
        return [*numbers, *self.env.cr.fetchall()]

    def _unheld(self, digests):
        """Return those of the digests whose number no person's record bears any more."""
        held = SQL(" OR ").join(
            SQL("EXISTS (SELECT FROM %(table)s t WHERE t.%(column)s = v.token)", **column.names())
            for column in self._columns()
            if column.is_person
        )
        self.env.cr.execute(
            SQL(
                "SELECT number_digest FROM phone_vault v WHERE number_digest = ANY(%s)"
                " GROUP BY number_digest HAVING NOT bool_or(%s)",
                list(digests),
                held,
            )
        )
        return [digest for (digest,) in self.env.cr.fetchall()]
