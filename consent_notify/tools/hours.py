"""Hours at which a customer may be texted. Plain Python: wishes, weeks of windows and the clock are parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# What no law calls night: the widest window a customer may choose from.
EARLIEST, LATEST = 8, 21
NO_WISH = (0, 0)
DAY = 24 * 60
ONE_DAY = timedelta(days=1)
# How far ahead to look. No row of holidays is longer, so what is not found by then never comes.
HORIZON = 31


def are_possible(hours):
    """Tell whether (from, to) is a window that may be chosen, or no wish at all."""
    return hours == NO_WISH or EARLIEST <= hours[0] < hours[1] <= LATEST


def read_hours(hour_from, hour_to):
    """Return (from, to) of two fields of a form, `NO_WISH` if both are empty, or None for what cannot be."""
    offered = {"": 0, **{str(hour): hour for hour in range(EARLIEST, LATEST + 1)}}
    hours = (offered.get(hour_from, -1), offered.get(hour_to, -1))
    return hours if are_possible(hours) else None


# ------------------------------------------------------------ the next allowed moment


@dataclass(frozen=True)
class Calendar:
    """A week of windows by local time, and days on which none of them holds.

    :param week: seven tuples, Monday first, of (from, to) in minutes after midnight. The end is outside; an end that
        is not after the start belongs to the next day; (0, 1440) is the whole day
    :param is_closed: tells whether a date is a holiday; what a closed day's evening would bring to the next is closed
    """

    week: tuple
    is_closed: Callable[[date], bool] | None = None

    def is_open(self, local):
        """Tell whether a window holds at the local time `local`."""
        day, minute = local.date(), local.hour * 60 + local.minute
        if self.is_closed and self.is_closed(day):
            return False
        weekday = day.weekday()
        if any(start <= minute < (end if end > start else end + DAY) for start, end in self.week[weekday]):
            return True
        # Monday's day before is Sunday: index -1.
        if not any(end <= start and minute < end for start, end in self.week[weekday - 1]):
            return False
        return not (self.is_closed and self.is_closed(day - ONE_DAY))

    def starts(self):
        """Return the minutes at which a window may begin to hold; midnight ends a holiday."""
        return {0, *(start for windows in self.week for start, _end in windows)}


def every_day(hour_from, hour_to):
    """Return the `Calendar` of one window of whole or broken hours, the same every day."""
    return Calendar((((round(hour_from * 60), round(hour_to * 60)),),) * 7)


def next_allowed(now, zones, calendars, days=HORIZON):
    """Return the first moment from `now` on at which every calendar is open in every zone, or None.

    The wall clock decides: an hour that is struck twice is open twice if at all, one that is left out opens nothing.

    :param datetime now: UTC, naive as in Odoo, and so is the answer
    :param zones: names such as Europe/Berlin
    :param calendars: iterable of `Calendar`
    :param days: how far to look
    """
    infos, calendars = [ZoneInfo(name) for name in dict.fromkeys(zones)], tuple(calendars)

    def is_allowed(moment):
        return all(calendar.is_open(local) for local in map(moment.astimezone, infos) for calendar in calendars)

    moment = now.replace(tzinfo=UTC)
    if is_allowed(moment):
        return now
    # All are open only from a moment on at which one of them opened: no other moment needs a look.
    minutes = sorted(set().union(*(calendar.starts() for calendar in calendars)))
    today = datetime.combine(moment.date(), time(), UTC)
    for day in (today + timedelta(days=count) for count in range(days + 1)):
        found = set().union(*(_openings(day, zone, minutes) for zone in infos))
        for candidate in sorted(found):
            if moment < candidate and is_allowed(candidate):
                return candidate.replace(tzinfo=None)
    return None


def _openings(day, zone, minutes):
    """Return the moments of the 24 hours after `day` at which the zone's clock strikes one of `minutes`, or jumps."""
    end = day + ONE_DAY
    found = set()
    for local_day in {(day + timedelta(days=step)).date() for step in (-1, 0, 1)}:
        for minute in minutes:
            wall = datetime.combine(local_day, time(*divmod(minute % DAY, 60)))
            for fold in (0, 1):
                found.add(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC))
    if (jump := _jump(day, end, zone)) is not None:
        found.add(jump)
    return {moment for moment in found if day <= moment < end}


def _jump(start, end, zone):
    """Return the moment between two at which the zone's clock is put forward or back, to the second, or None."""
    before = start.astimezone(zone).utcoffset()
    if before == end.astimezone(zone).utcoffset():
        return None
    while end - start > timedelta(seconds=1):
        middle = start + timedelta(seconds=(end - start) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            start = middle
        else:
            end = middle
    return end
