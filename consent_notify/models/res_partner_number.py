from collections import namedtuple

from odoo import models
from odoo.tools import SQL

# What the gate knows of a number: whether there is one, its digest and its two-letter region, or None.
Number = namedtuple("Number", "is_there digest region")
NO_NUMBER = Number(False, None, None)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _numbers_sudo(self):
        """Return {id: Number} of these contacts that have one, in one query. Nothing is opened for it."""
        self.flush_recordset(["phone", "phone_sanitized"])
        self.env.cr.execute(
            SQL(
                "SELECT p.id, p.phone IS NOT NULL, COALESCE(clean.number_digest, typed.number_digest),"
                " COALESCE(clean.region, typed.region) FROM res_partner p"
                " LEFT JOIN phone_vault clean ON clean.token = p.phone_sanitized"
                " LEFT JOIN phone_vault typed ON typed.token = p.phone WHERE p.id = ANY(%s)",
                self.ids,
            )
        )
        return {partner: Number(*number) for partner, *number in self.env.cr.fetchall()}
