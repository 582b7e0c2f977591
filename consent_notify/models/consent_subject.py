import secrets

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL


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

    @api.model
    def _find_or_make_many_sudo(self, digests, company):
        """Return {partner id: subject} for `digests` ({partner id: number digest}). Queries: constant."""
        found = self.sudo().search(
            [("partner_id", "in", list(digests)), ("company_id", "=", company.id)], order="id desc"
        )
        subjects = {s.partner_id.id: s for s in found if s.number_digest == digests[s.partner_id.id]}
        missing = [partner for partner in digests if partner not in subjects]
        made = self.sudo().create(
            [
                {
                    "partner_id": partner,
                    "company_id": company.id,
                    "number_digest": digests[partner],
                    "salt": secrets.token_hex(16),
                }
                for partner in missing
            ]
        )
        return {**subjects, **dict(zip(missing, made, strict=True))}

    @api.model
    def _bearers_sudo(self, digests):
        """Return {number digest: ids of the active contacts who have that number now}. One query, no number opened."""
        self.env["res.partner"].flush_model(["phone", "phone_sanitized", "active"])
        self.env.cr.execute(
            SQL(
                "SELECT number_digest, array_agg(id) FROM ("
                "SELECT v.number_digest, p.id FROM phone_vault v JOIN res_partner p ON p.phone_sanitized = v.token"
                " WHERE p.active AND v.number_digest = ANY(%(digests)s)"
                " UNION SELECT v.number_digest, p.id FROM phone_vault v JOIN res_partner p ON p.phone = v.token"
                " WHERE p.active AND v.number_digest = ANY(%(digests)s)) found GROUP BY number_digest",
                digests=list(digests),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _bearers_of_sudo(self, company, digest):
        """Return the active contacts, of those this company may use, who have the number of this digest now."""
        bearers = self._bearers_sudo([digest]).get(digest, [])
        partners_sudo = self.env["res.partner"].sudo().browse(bearers)
        return partners_sudo.filtered(lambda partner: partner.company_id in (company, partner.company_id.browse()))

    @api.model
    def _present_digests_sudo(self, partners):
        """Return {partner id: digest of the present number} of those who have one. One query, no number opened."""
        self.env["res.partner"].flush_model(["phone", "phone_sanitized"])
        self.env.cr.execute(
            SQL(
                "SELECT p.id, COALESCE(clean.number_digest, typed.number_digest) FROM res_partner p"
                " LEFT JOIN phone_vault clean ON clean.token = p.phone_sanitized"
                " LEFT JOIN phone_vault typed ON typed.token = p.phone WHERE p.id = ANY(%s)",
                list(partners),
            )
        )
        return {partner: digest for partner, digest in self.env.cr.fetchall() if digest}
