from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.holidays import closed_days
from ..tools.hours import Calendar

# Which fields hold the hours of which days, Monday first.
DAYS = ("week",) * 5 + ("saturday", "sunday")
PARTS = tuple(dict.fromkeys(DAYS))
HOURS = tuple(f"{part}_{end}" for part in PARTS for end in ("from", "to"))
# Where a customer is: ids of country and state (0: not known) and their codes, or None.
Place = namedtuple("Place", "country_id state_id country state")
NOWHERE = Place(0, 0, None, None)


class ConsentHoursRule(models.Model):
    """Between which hours texts of one class may go to customers somewhere, and who says so."""

    _name = "consent.hours.rule"
    _description = "Hours for Texts"
    _order = "purpose_class desc, country_id, country_group_id, state_id, id"

    purpose_class = fields.Selection(
        [("transactional", "About an order"), ("marketing", "Marketing")], "Texts", required=True, default="marketing"
    )
    country_id = fields.Many2one("res.country", ondelete="restrict", help="Empty, and no group: for everybody.")
    state_id = fields.Many2one(
        "res.country.state", ondelete="restrict", domain="[('country_id', '=', country_id)]", help="Empty: all of it."
    )
    country_group_id = fields.Many2one("res.country.group", "Group of Countries", ondelete="restrict")
    active = fields.Boolean(default=True)
    week_from = fields.Float("Monday to Friday from", default=9.0, aggregator=None)
    week_to = fields.Float("Monday to Friday to", default=20.0, aggregator=None)
    saturday_from = fields.Float("Saturday from", default=9.0, aggregator=None)
    saturday_to = fields.Float("Saturday to", default=20.0, aggregator=None)
    sunday_from = fields.Float("Sunday from", aggregator=None)
    sunday_to = fields.Float("Sunday to", aggregator=None)
    is_closed_on_holidays = fields.Boolean("Closed on Public Holidays")
    day_max = fields.Integer(
        "Texts in 24 Hours", aggregator=None, help="At most so many to one number. 0: this rule sets no limit."
    )
    law_source = fields.Text("Rule", required=True, help="Which rule this is, and where it stands.")
    law_date = fields.Date("Rule as of", required=True, help="When somebody last compared the hours with the rule.")
    note = fields.Text()

    _hours_possible = models.Constraint(
        f"CHECK ({' AND '.join(f'{name} BETWEEN 0 AND 24' for name in HOURS)})", "A day has 24 hours: write 0 to 24."
    )
    _day_max_possible = models.Constraint("CHECK (day_max >= 0)", "The limit is a number of texts, or 0 for none.")

    @api.depends("purpose_class", "country_id", "state_id", "country_group_id")
    def _compute_display_name(self):
        classes = dict(self._fields["purpose_class"]._description_selection(self.env))
        for rule in self:
            place = rule.country_group_id.name or rule.country_id.name or self.env._("Everywhere")
            where = f"{place}, {rule.state_id.name}" if rule.state_id else place
            rule.display_name = f"{where}: {classes.get(rule.purpose_class, '')}"

    @api.constrains("country_id", "state_id", "country_group_id")
    def _check_where(self):
        for rule in self:
            if rule.country_group_id and rule.country_id:
                raise ValidationError(self.env._("A rule is for one country or for a group: empty one of the two."))
            if rule.state_id and rule.state_id.country_id != rule.country_id:
                raise ValidationError(self.env._("The state lies in another country: choose the two that match."))

    # ------------------------------------------------------------ what the gate asks

    @api.model
    def _of_places_sudo(self, asked):
        """Return {(class, place): the rules that hold there, all at once}. Queries: constant.

        Where the state is not known the rules of every state hold: the customer may be in any.

        :param asked: iterable of (purpose class, `Place`)
        """
        classes = {purpose_class for purpose_class, _place in asked}
        # sudo: what the gate reads is no business of the caller's rights
        rules = self.sudo().search([("purpose_class", "in", list(classes))])
        countries = {rule: set(rule.country_group_id.country_ids.ids) for rule in rules if rule.country_group_id}

        def holds(rule, place):
            if rule in countries:
                return place.country_id in countries[rule]
            if rule.state_id and place.state_id and rule.state_id.id != place.state_id:
                return False
            return not rule.country_id or rule.country_id.id == place.country_id

        return {
            (purpose_class, place): rules.filtered(
                lambda rule, key=(purpose_class, place): rule.purpose_class == key[0] and holds(rule, key[1])
            )
            for purpose_class, place in asked
        }

    def _calendar(self, place):
        """Return the week of this rule as a `Calendar`, with the holidays of where the customer is."""
        self.ensure_one()
        closed = closed_days(place.country, place.state) if self.is_closed_on_holidays else None
        return Calendar(tuple(self._windows(day) for day in DAYS), closed)

    def _windows(self, day):
        start, end = (round(self[f"{day}_{name}"] * 60) for name in ("from", "to"))
        return ((start, end),) if start != end else ()
