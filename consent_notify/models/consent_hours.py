from collections import namedtuple

from odoo import api, fields, models

from ..tools.hours import NO_WISH, every_day, next_allowed
from ..tools.zones import zones_of
from .consent_hours_rule import NOWHERE, Place
from .consent_text_count import DAY

# One text that is to go. `address`: the contact where the customer is; `region`: of the number, for who has none;
# `earliest` and `waits_for`: when it may go at the soonest, and why; `latest`: when it is no news any more, or None.
Ask = namedtuple("Ask", "company partner address digest region purpose_class earliest waits_for latest")
# When a text goes, or why it never does; `zones`: where the customer may be.
Going = namedtuple("Going", "reason moment waits_for zones")


class ConsentHours(models.AbstractModel):
    """When texts may go: the law, the customer's wish, the shop's hours and how many went today."""

    _name = "consent.hours"
    _description = "When Texts May Go"

    @api.model
    def _goings_sudo(self, asks, now=None):
        """Return {key: Going} of {key: Ask}, earlier keys first. Queries: constant.

        Texts on the person's own act, such as codes, go at any hour: they have caps of their own.
        """
        now = now or fields.Datetime.now()
        partners = [ask.partner for ask in asks.values()]
        if partners:
            partners[0].union(*partners).fetch(["country_id", "state_id", "sms_hour_from", "sms_hour_to"])
        places = self._places(asks)
        rules = self.env["consent.hours.rule"]._of_places_sudo(
            {(ask.purpose_class, places[key]) for key, ask in asks.items()}
        )
        tally = self.env["consent.text.count"]._moments_sudo({(a.company.id, a.digest) for a in asks.values()})
        known, goings = {}, {}
        for key, ask in asks.items():
            place = places[key]
            gone = tally.setdefault((ask.company.id, ask.digest), [])
            going = self._going(ask, place, rules[ask.purpose_class, place], gone, now, known)
            if going.moment and going.moment <= now and ask.purpose_class != "service":
                gone.append(now)
            goings[key] = going
        return goings

    def _going(self, ask, place, rules, gone, now, known):
        """Return the Going of one Ask.

        :param rules: that hold at `place` for such texts
        :param gone: when this number got its latest texts
        :param known: {what was asked: first open moment} of this call, for it costs some thousand looks at a clock
        """
        zones = self._zones(ask, place)
        moment, why, is_capped = ask.earliest, ask.waits_for if ask.earliest > now else False, False
        if ask.purpose_class != "service":
            free = self._free_from(gone, self._cap(ask.company, rules), moment)
            if free > moment:
                moment, why, is_capped = free, "cap", True
            asked = (ask.company, self._wish(ask), zones, rules, place, moment)
            if asked not in known:
                known[asked] = self._opens(*asked)
            if known[asked] is None:
                return Going("no_hours", None, False, zones)
            if known[asked] > moment:
                moment, why = known[asked], "hours"
        if ask.latest and moment > ask.latest:
            return Going("daily_cap" if is_capped else "too_late", None, False, zones)
        return Going(None, moment, why, zones)

    # ------------------------------------------------------------ how many

    def _cap(self, company, rules):
        """Return how many texts one number may get in 24 hours, the strictest of shop and law; 0 for no limit."""
        return min(filter(None, [company.consent_daily_cap, *rules.mapped("day_max")]), default=0)

    def _free_from(self, gone, cap, moment):
        """Return from when one more text keeps to `cap`, after texts at the moments `gone` (sorted)."""
        recent = [time for time in gone if time > moment - DAY]
        return recent[-cap] + DAY if cap and len(recent) >= cap else moment

    # ------------------------------------------------------------ which hours

    def _opens(self, company, wish, zones, rules, place, moment):
        """Return the first moment from `moment` on that all who have a say allow, or None.

        Where nothing suits all, the shop's hours give way to the customer's wish, then the rules for everybody, which
        are the house's own; the wish gives way to the law of the place alone.
        """
        house = rules.filtered(lambda rule: not (rule.country_id or rule.country_group_id))
        law = [rule._calendar(place) for rule in rules - house]
        house = [rule._calendar(place) for rule in house]
        shop = [every_day(company.consent_hour_from, company.consent_hour_to)]
        wished = [[*house, *shop], house, []] if wish != NO_WISH else []
        wished = [[every_day(*wish), *others] for others in wished]
        for others in [*wished, [*house, *shop], house]:
            if opens := next_allowed(moment, zones, law + others):
                return opens
        return None

    def _wish(self, ask):
        if not ask.partner:
            return NO_WISH
        partner = ask.partner.with_company(ask.company)
        return partner.sms_hour_from or 0, partner.sms_hour_to or 0

    # ------------------------------------------------------------ where

    def _places(self, asks):
        """Return {key: Place}: of the address, else of the country of the number."""
        countries = self.env["res.country"].sudo()  # sudo: names of countries
        codes = {ask.region for ask in asks.values() if not ask.address.country_id and ask.region}
        by_code = (
            {country.code: country for country in countries.search([("code", "in", list(codes))])} if codes else {}
        )

        def place(ask):
            country = ask.address.country_id or by_code.get(ask.region)
            if not country:
                return NOWHERE
            state = ask.address.state_id if ask.address.country_id else self.env["res.country.state"]
            return Place(country.id, state.id or 0, country.code, state.code or None)

        return {key: place(ask) for key, ask in asks.items()}

    @api.model
    def _zones_of_orders(self, orders):
        """Return {order id: names of the zones in which the customer may be}."""
        numbers = orders.partner_id._numbers_sudo()
        asks = {
            order.id: Ask(
                company=order.company_id,
                partner=order.partner_id,
                address=order.partner_shipping_id if order.partner_shipping_id.country_id else order.partner_id,
                digest=None,
                region=number.region if (number := numbers.get(order.partner_id.id)) else None,
                purpose_class="service",
                earliest=None,
                waits_for=False,
                latest=None,
            )
            for order in orders
        }
        places = self._places(asks)
        return {key: self._zones(ask, places[key]) for key, ask in asks.items()}

    def _zones(self, ask, place):
        """Return the names of the zones in which the hours must hold; where nothing is known, the shop's.

        A contact's own time zone does not count: Odoo gives it that of whoever wrote the contact.
        """
        company = ask.company
        return (
            zones_of(place.country, place.state)
            or zones_of(ask.region)
            or zones_of(company.country_id.code, company.state_id.code)
            or (company._tz(),)
        )
