"""The next allowed moment, against an oracle that asks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import holidays, zones
from ..tools.hours import Calendar, every_day, next_allowed

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
DAYTIME = every_day(9, 20)
MINUTE = timedelta(minutes=1)
# Clocks that jump by an hour, at midnight, by half an hour, and not at all.
PLACES = [BERLIN, NEW_YORK, "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland"]
# Around their jumps in 2026, and days like any other.
STARTS = [datetime(2026, 3, 28), datetime(2026, 10, 24), datetime(2026, 3, 7), datetime(2026, 10, 31)]
STARTS += [datetime(2026, 9, 5), datetime(2026, 4, 4), datetime(2026, 10, 3), datetime(2026, 6, 1)]


def oracle(now, names, calendars, days):
    """Return what `next_allowed` should, by looking at every minute."""
    infos = [ZoneInfo(name) for name in names]
    moment, end = now, now.replace(hour=0, minute=0, second=0) + timedelta(days=days + 1)
    while moment < end:
        aware = moment.replace(tzinfo=UTC)
        if all(is_open(calendar, aware.astimezone(info)) for info in infos for calendar in calendars):
            return moment
        moment = moment.replace(second=0) + MINUTE
    return None


def is_open(calendar, local):
    """Tell the same as `Calendar.is_open`, from the sentence that describes it."""
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        if calendar.is_closed and (calendar.is_closed(day) or calendar.is_closed(local.date())):
            continue
        minute = back * 1440 + local.hour * 60 + local.minute
        for start, end in calendar.week[day.weekday()]:
            if minute in range(start, end if start < end else end + 1440):
                return True
    return False


windows = st.tuples(st.integers(0, 1439), st.integers(0, 1440))
weeks = st.lists(st.lists(windows, max_size=2).map(tuple), min_size=7, max_size=7).map(tuple)
closings = st.one_of(st.none(), st.sets(st.integers(0, 6)).map(lambda days: lambda day: day.toordinal() % 7 in days))
calendars = st.lists(st.builds(Calendar, weeks, closings), min_size=1, max_size=2)


@tagged("post_install", "-at_install")
class TestHours(BaseCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(
        st.sampled_from(STARTS),
        st.integers(0, 2 * 86_400),
        st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True),
        calendars,
    )
    def test_every_minute_agrees(self, start, seconds, names, calendars):
        now = start + timedelta(seconds=seconds)
        self.assertEqual(next_allowed(now, names, calendars, days=2), oracle(now, names, calendars, days=2))

    def test_now_if_it_is_allowed(self):
        now = datetime(2026, 6, 1, 12, 34, 56)
        self.assertEqual(next_allowed(now, [BERLIN], [DAYTIME]), now)

    def test_the_evening_waits_for_the_morning(self):
        self.assertEqual(next_allowed(datetime(2026, 6, 1, 18), [BERLIN], [DAYTIME]), datetime(2026, 6, 2, 7))

    def test_nine_o_clock_moves_with_the_clocks(self):
        for zone, before, after in (
            (BERLIN, datetime(2026, 3, 28, 8), datetime(2026, 3, 29, 7)),
            (BERLIN, datetime(2026, 10, 24, 7), datetime(2026, 10, 25, 8)),
            (NEW_YORK, datetime(2026, 3, 7, 14), datetime(2026, 3, 8, 13)),
            (NEW_YORK, datetime(2026, 10, 31, 13), datetime(2026, 11, 1, 14)),
        ):
            with self.subTest(zone, before=before):
                self.assertEqual(next_allowed(before - MINUTE, [zone], [DAYTIME]), before)
                self.assertEqual(next_allowed(before + timedelta(hours=12), [zone], [DAYTIME]), after)

    def test_an_hour_that_is_left_out_and_one_that_is_struck_twice(self):
        # 2:00 becomes 3:00: a window from 2:30 to 3:30 opens at the jump.
        half_past_two = every_day(2.5, 3.5)
        self.assertEqual(next_allowed(datetime(2026, 3, 28, 23), [BERLIN], [half_past_two]), datetime(2026, 3, 29, 1))
        # One that lies within the hour left out does not open that day.
        self.assertEqual(
            next_allowed(datetime(2026, 3, 28, 23), [BERLIN], [every_day(2.25, 2.75)]), datetime(2026, 3, 30, 0, 15)
        )
        # 3:00 becomes 2:00: a window that closed at 2:30 opens again.
        self.assertEqual(
            next_allowed(datetime(2026, 10, 25, 0, 45), [BERLIN], [every_day(1, 2.5)]), datetime(2026, 10, 25, 1)
        )

    def test_across_midnight(self):
        night = every_day(22, 2)
        self.assertEqual(next_allowed(datetime(2026, 6, 1, 23, 30), [BERLIN], [night]), datetime(2026, 6, 1, 23, 30))
        self.assertEqual(next_allowed(datetime(2026, 6, 2, 0), [BERLIN], [night]), datetime(2026, 6, 2, 20))
        saturday_night = Calendar(((), (), (), (), (), ((1320, 120),), ()))
        sunday_1_am = datetime(2026, 6, 6, 23)
        self.assertEqual(next_allowed(sunday_1_am, [BERLIN], [saturday_night]), sunday_1_am)

    def test_the_eleven_hours_of_russia_leave_one(self):
        names = zones.zones_of("RU")
        offsets = {datetime(2026, 6, 1, tzinfo=UTC).astimezone(ZoneInfo(name)).utcoffset() for name in names}
        self.assertEqual(len(offsets), 11)
        # 9:00 in Kaliningrad is 19:00 in Kamchatka.
        self.assertEqual(next_allowed(datetime(2026, 6, 1, 3), names, [DAYTIME]), datetime(2026, 6, 1, 7))
        self.assertEqual(next_allowed(datetime(2026, 6, 1, 8), names, [DAYTIME]), datetime(2026, 6, 2, 7))
        self.assertIsNone(next_allowed(datetime(2026, 6, 1, 3), names, [every_day(10, 18)]))
        only_tver = zones.zones_of("RU", "TVE")
        self.assertEqual(next_allowed(datetime(2026, 6, 1, 3), only_tver, [DAYTIME]), datetime(2026, 6, 1, 6))

    def test_holidays(self):
        work = Calendar((((480, 1200),),) * 6 + ((),), holidays.closed_days("FR"))
        # 14 July 2026 is a Tuesday; 1 and 8 May are Fridays, 14 May is Ascension Day.
        self.assertEqual(next_allowed(datetime(2026, 7, 13, 19), ["Europe/Paris"], [work]), datetime(2026, 7, 15, 6))
        self.assertEqual(next_allowed(datetime(2026, 4, 30, 19), ["Europe/Paris"], [work]), datetime(2026, 5, 2, 6))
        good_friday = date(2026, 4, 3)
        self.assertFalse(holidays.closed_days("FR", "nowhere")(good_friday))
        self.assertFalse(holidays.closed_days("XX")(good_friday))
        self.assertFalse(holidays.closed_days(None)(good_friday))

    def test_without_the_package_every_day_may_be_a_holiday(self):
        with patch.object(holidays, "package", None):
            work = Calendar((((480, 1200),),) * 7, holidays.closed_days("FR"))
            self.assertIsNone(next_allowed(datetime(2026, 6, 1, 10), ["Europe/Paris"], [work]))

    def test_no_window_is_no_moment(self):
        self.assertIsNone(next_allowed(datetime(2026, 6, 1), [BERLIN], [Calendar(((),) * 7)]))
        self.assertIsNone(next_allowed(datetime(2026, 6, 1), [BERLIN], [every_day(9, 10), every_day(20, 21)]))


@tagged("post_install", "-at_install")
class TestZones(BaseCase):
    def test_every_zone_is_one(self):
        for country, states in zones.STATES.items():
            for zone in states:
                with self.subTest(country, zone=zone):
                    self.assertTrue(ZoneInfo(zone))

    def test_a_state_narrows_a_country(self):
        self.assertEqual(zones.zones_of("US", "TX"), ("America/Chicago", "America/Denver"))
        self.assertEqual(zones.zones_of("FR", "75"), ("Europe/Paris",))
        self.assertIn("Pacific/Honolulu", zones.zones_of("US"))
        self.assertEqual(zones.zones_of("US", "nowhere"), zones.zones_of("US"))
        self.assertEqual(zones.zones_of(None), ())
