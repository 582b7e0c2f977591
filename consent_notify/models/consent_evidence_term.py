from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ConsentEvidenceTerm(models.Model):
    """How long the proof of an answer is kept after it ended: a rule of law, as data with its source."""

    _name = "consent.evidence.term"
    _description = "Evidence Term"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_id = fields.Many2one("res.country", ondelete="restrict", help="Empty, with no group: for all others.")
    country_group_id = fields.Many2one("res.country.group", "Countries", ondelete="restrict")
    months = fields.Integer(
        "Term (months)", required=True, help="So long after an answer ended or was taken back its proof is dropped."
    )
    law_source = fields.Text("Rule", required=True, help="Which rule says so, and where it stands.")
    law_date = fields.Date("Rule as of", required=True)

    _months_positive = models.Constraint("CHECK (months >= 12)", "Proof is kept for at least twelve months.")

    @api.constrains("country_id", "country_group_id")
    def _check_where(self):
        if any(term.country_id and term.country_group_id for term in self):
            raise ValidationError(
                self.env._("The term is for one country or for a group of countries: empty one of the two.")
            )

    @api.model
    def _shortest_sudo(self):
        """Return the shortest of all terms (months), or None: without a term nothing is ever dropped."""
        return min(self._all_sudo().mapped("months"), default=None)

    @api.model
    def _all_sudo(self):
        # sudo: the scheduled action's, for all companies
        return self.sudo().search([("active", "=", True)])

    @api.model
    def _months_sudo(self, company, notice):
        """Return the longest term (months) of the places that an answer belongs to, or None.

        These are the company's country and the one whose law the words followed; for others the general term counts.
        """
        countries = company.country_id | notice.jurisdiction_id
        groups = countries.country_group_ids | notice.jurisdiction_group_id
        terms = self._all_sudo()
        own = terms.filtered(lambda term: term.country_id in countries or term.country_group_id in groups)
        general = terms.filtered(lambda term: not term.country_id and not term.country_group_id)
        # A place without a term of its own falls under the general one, beside another place's.
        is_covered = own and all(
            own.filtered(lambda t, c=c: t.country_id == c or t.country_group_id in c.country_group_ids)
            for c in countries
        )
        return max((own if is_covered else own | general).mapped("months"), default=None)
