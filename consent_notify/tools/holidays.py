"""Public holidays, from the Python package of that name. Plain Python."""

from functools import lru_cache

try:
    import holidays as package
except ImportError:
    package = None


def is_known():
    """Tell whether holidays can be told at all."""
    return package is not None


@lru_cache(200)
def _calendar(country, state):
    supported = package.list_supported_countries()
    if country not in supported:
        return {}
    return package.country_holidays(country, subdiv=state if state in supported[country] else None)


def closed_days(country, state=None):
    """Return a function that tells whether a date is a public holiday there.

    Of a country the package does not know no day is one. Without the package every day may be one, so all are:
    better no offer than one on a holiday.

    :param country: two letters, or None
    :param state: code of a state or province; what is not known counts as none
    """
    if not is_known():
        return lambda _day: True
    calendar = _calendar(country or "", state or "")
    return lambda day: day in calendar
