from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.consent_hours_rule import NOWHERE, Place
from ..tools import zones
from .hours_common import HoursCommon

WEEK = ((480, 1200),)


@tagged("post_install", "-at_install")
class TestHoursRule(HoursCommon):
    def place(self, country, state=None):
        country = self.env.ref(f"base.{country}")
        found = self.env["res.country.state"].search([("country_id", "=", country.id), ("code", "=", state)], limit=1)
        return Place(country.id, found.id or 0, country.code, found.code or None)

    def rules(self, purpose_class, place):
        return self.env["consent.hours.rule"]._of_places_sudo([(purpose_class, place)])[purpose_class, place]

    def names(self, purpose_class, place):
        names = self.rules(purpose_class, place).get_external_id().values()
        return {name.removeprefix("consent_notify.consent_hours_rule_") for name in names}

    def test_which_rules_hold(self):
        self.assertEqual(self.names("transactional", NOWHERE), {"everywhere_order"})
        self.assertEqual(self.names("marketing", self.place("de")), {"everywhere_offer"})
        self.assertEqual(self.names("marketing", self.place("fr")), {"everywhere_offer", "fr_offer"})
        self.assertEqual(self.names("transactional", self.place("fr")), {"everywhere_order"}, "exempt")
        self.assertEqual(self.names("marketing", self.place("us", "NY")), {"everywhere_offer", "us_offer"})
        self.assertEqual(
            self.names("marketing", self.place("us", "FL")), {"everywhere_offer", "us_offer", "us_fl_offer"}
        )
        # In no state that is known: those of all states.
        self.assertEqual(len(self.names("marketing", self.place("us"))), 10)

    def test_the_hours_of_the_facts(self):
        place = self.place("us", "RI")
        calendar = self.env.ref("consent_notify.consent_hours_rule_us_ri_offer")._calendar(place)
        self.assertEqual(calendar.week, (((540, 1080),),) * 5 + (((600, 1020),),) * 2)
        calendar = self.env.ref("consent_notify.consent_hours_rule_us_tx_offer")._calendar(place)
        self.assertEqual(calendar.week, (((540, 1260),),) * 6 + (((720, 1260),),))
        calendar = self.env.ref("consent_notify.consent_hours_rule_fr_offer")._calendar(self.place("fr"))
        self.assertEqual(calendar.week, (WEEK,) * 6 + ((),))
        self.assertTrue(calendar.is_closed)
        capped = self.env["consent.hours.rule"].search([("day_max", "=", 3)])
        self.assertEqual(set(capped.state_id.mapped("code")), {"FL", "MD", "NJ", "OK"})
        self.assertTrue(all(rule.law_source and rule.law_date for rule in self.env["consent.hours.rule"].search([])))

    def test_a_group_of_countries(self):
        europe = self.env.ref("base.europe")
        rule = self.env["consent.hours.rule"].create(
            {"country_group_id": europe.id, "law_source": "A law of all", "law_date": "2026-11-01"}
        )
        self.assertIn(rule, self.rules("marketing", self.place("de")))
        self.assertNotIn(rule, self.rules("marketing", self.place("ru")))
        self.assertIn(europe.name, rule.display_name)
        with self.assertRaises(ValidationError):
            rule.country_id = self.env.ref("base.de")

    def test_what_cannot_be(self):
        rule = self.env.ref("consent_notify.consent_hours_rule_us_fl_offer")
        with self.assertRaises(ValidationError):
            rule.country_id = self.env.ref("base.de")
        for vals in ({"week_from": -1}, {"sunday_to": 25}, {"day_max": -1}):
            with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                rule.write(vals)
                self.env.flush_all()
        for vals in ({"consent_hour_from": 20, "consent_hour_to": 9}, {"consent_daily_cap": -1}):
            with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.company.write(vals)
                self.env.flush_all()

    def test_every_state_has_its_zones(self):
        """Also those that Odoo may add: a state without zones would get the hours of all its country."""
        no_land = {("US", "AA"), ("US", "AE"), ("US", "AP")}
        for country in zones.STATES:
            states = self.env["res.country.state"].search([("country_id.code", "=", country)])
            known = {state for found in zones.STATES[country].values() for state in found.split()}
            missing = {(country, code) for code in states.mapped("code") if code not in known} - no_land
            with self.subTest(country):
                self.assertFalse(missing)
