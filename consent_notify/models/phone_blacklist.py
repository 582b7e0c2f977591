from odoo import api, fields, models


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    number = fields.Char(sealed=True)

    @api.model_create_multi
    def create(self, vals_list):
        listed = super().create(vals_list)
        listed._withdraw_listed_sudo()
        return listed

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") or "number" in vals:
            self._withdraw_listed_sudo()
        return result

    def _withdraw_listed_sudo(self):
        """Whoever is put on the list, by whomever, has taken back what was agreed to for this number."""
        active = self.filtered("active")
        if not active:
            return
        active.flush_recordset(["number"])
        self.env.cr.execute(
            "SELECT v.number_digest FROM phone_blacklist b JOIN phone_vault v ON v.token = b.number"
            " WHERE b.id = ANY(%s) AND v.number_digest IS NOT NULL",
            [active.ids],
        )
        digests = [digest for (digest,) in self.env.cr.fetchall()]
        self.env["consent.event"]._withdraw_digests_sudo(digests, "blacklist")
