import secrets

from odoo import api, fields, models
from odoo.fields import NO_ACCESS


class ConsentSubject(models.Model):
    """One person with one number before one company. Emptied of its link and salt, its events speak of nobody.

    Not unique on purpose: merging partners repoints rows and must lose none of them.
    """

    _name = "consent.subject"
    _description = "Consent Subject"
    _log_access = False

    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    number_digest = fields.Char(readonly=True, groups=NO_ACCESS)
    salt = fields.Char(readonly=True, groups=NO_ACCESS)

    _partner_idx = models.Index("(partner_id, company_id) WHERE partner_id IS NOT NULL")
    _digest_idx = models.Index("(number_digest, company_id) WHERE number_digest IS NOT NULL")

    @api.model
    def _digest_of(self, partner):
        """Return the digest of the partner's present number, or None."""
        if not partner.phone:
            return None
        return self.env["phone.vault"]._digest(partner.phone_sanitized or partner.phone, partner.country_id)

    @api.model
    def _find_or_make_sudo(self, partner, company, number_digest=None):
        """Return the subject of this partner with the present number, or with the one of `number_digest`.

        A changed number is another subject.
        """
        digest = number_digest or self._digest_of(partner.sudo())
        found = self.sudo().search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id), ("number_digest", "=", digest)],
            order="id",
            limit=1,
        )
        return found or self.sudo().create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "number_digest": digest,
                "salt": secrets.token_hex(16),
            }
        )
