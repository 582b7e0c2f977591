from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from .consent_code import DAY


class ConsentCodeTurn(models.Model):
    """One row for each number and each network that codes are counted by: who counts holds it until the commit.

    A row that is written, not a lock alone: whoever waited would go on counting what they read before. PostgreSQL
    sends them back to the start instead, where they find what the first one did.
    """

    _name = "consent.code.turn"
    _description = "Turn to Count Codes"
    _log_access = False

    key = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    time = fields.Datetime(required=True, readonly=True, groups=NO_ACCESS)

    _once = models.UniqueIndex("(key)")

    @api.model
    def _take_sudo(self, keys):
        """Take the turn of all `keys` (keyed hashes), in one order for everybody: nobody waits in a circle.

        :raises SerializationFailure: if somebody took one meanwhile; web requests and jobs are made again
        """
        if not keys:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_code_turn (key, time) SELECT key, %s FROM unnest(%s) AS key ORDER BY key"
                " ON CONFLICT (key) DO UPDATE SET time = EXCLUDED.time",
                fields.Datetime.now(),
                list(keys),
            )
        )

    @api.autovacuum
    def _gc_turns(self):
        old = self.search([("time", "<=", fields.Datetime.now() - DAY)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
