from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.hours import EARLIEST, LATEST, are_possible


class ResPartner(models.Model):
    """What a customer decides alone on their privacy page."""

    _inherit = "res.partner"

    sms_hour_from = fields.Integer(
        "Texts not before", company_dependent=True, help="The customer's own wish, by their own clock. Both 0: no wish."
    )
    sms_hour_to = fields.Integer("Texts not after", company_dependent=True)

    @api.constrains("sms_hour_from", "sms_hour_to")
    def _check_sms_hours(self):
        for partner in self:
            if not are_possible((partner.sms_hour_from, partner.sms_hour_to)):
                raise ValidationError(
                    self.env._(
                        "Choose hours between %(earliest)s and %(latest)s, the first before the last.",
                        earliest=EARLIEST,
                        latest=LATEST,
                    )
                )

    def _set_sms_hours_sudo(self, company, hours):
        """Note between which hours these contacts want texts from `company`, or (0, 0) for no wish of their own."""
        contacts_sudo = self.sudo().with_company(company)  # sudo: portal users may not write contacts
        contacts_sudo.write({"sms_hour_from": hours[0], "sms_hour_to": hours[1]})

    def _own_contacts(self):
        """Return this contact and their own addresses; colleagues are people of their own."""
        domain = [("parent_id", "in", self.ids), ("type", "!=", "contact")]
        addresses_sudo = self.sudo().search(domain)  # sudo: portal users may not read contacts
        return self | addresses_sudo.with_env(self.env)

    def _take_turn_sudo(self):
        """Let one request at a time answer for this contact; the second one starts anew and finds what the first did.

        An UPDATE that changes nothing: a lock alone would let the second go on with what it read before.
        """
        self.env.cr.execute(SQL("UPDATE res_partner SET id = id WHERE id = ANY(%s)", self.ids))
