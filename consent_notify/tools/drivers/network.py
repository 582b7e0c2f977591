"""What a failed request tells about whether the other side may have had it, and an answer about when to come again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

LONGEST_WAIT = 86_400.0  # seconds that a provider may ask for


def may_have_arrived(error):
    """Tell whether a request that ended in `error` may have reached the provider: not if no connection stood."""
    while error is not None:
        reason = getattr(error, "args", None) and getattr(error.args[0], "reason", None)
        for one in (error, reason):
            if isinstance(one, (requests.ConnectTimeout, ConnectTimeoutError, NewConnectionError)):
                return False
        error = error.__cause__ or error.__context__
    return True


def retry_after(value, now, longest=LONGEST_WAIT):
    """Return the seconds that a header `Retry-After` asks for (a number or a date), or None; `longest` at most.

    :param float now: seconds since 1970
    """
    if value and value.strip().isdecimal():
        return min(float(value), longest)
    try:
        moment = parsedate_to_datetime(value)
        seconds = (moment - datetime.fromtimestamp(now, moment.tzinfo or UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), longest)
