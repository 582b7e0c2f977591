"""What a failed request tells about whether the other side may have had it."""

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


def may_have_arrived(error):
    """Tell whether a request that ended in `error` may have reached the provider: not if no connection stood."""
    while error is not None:
        reason = getattr(error, "args", None) and getattr(error.args[0], "reason", None)
        for one in (error, reason):
            if isinstance(one, (requests.ConnectTimeout, ConnectTimeoutError, NewConnectionError)):
                return False
        error = error.__cause__ or error.__context__
    return True
