"""Any gateway that takes a text by one HTTPS request: what it wants and what it answers are settings.

Only POST: an address stands in the logs of every server on the way, and a number must not. Connections are not kept
open: one that the gateway drops just as a text goes out would leave nobody knowing. Redirects are not followed.
"""

import base64
import json
import re
import time
from urllib.parse import urlencode

import requests

from . import http_words
from .base import Accepted, Driver, Later, Receipt, Refused, Unknown
from .network import may_have_arrived, retry_after

TYPES = {"form": "application/x-www-form-urlencoded; charset=utf-8", "json": "application/json; charset=utf-8"}
LARGEST = 64 * 1024  # bytes of an answer that are read
HOUR = 3600.0  # seconds; for more, no gateway is heeded
THROTTLED = 60.0  # seconds, where it does not say
PROVIDER_ID = re.compile(r"[\w.:@=+/-]{1,64}")


class HttpDriver(Driver):
    """One company's account at a gateway.

    :param HttpSettings settings: the gateway
    :param callback: where the gateway tells what becomes of texts; else each text's own address
    :param clock: seconds that only grow
    """

    def __init__(self, settings, login="", secret="", sender="", callback="", clock=time.monotonic):
        self._settings, self._login, self._secret, self._sender = settings, login, secret, sender
        self._callback, self._clock = callback, clock
        self.in_flight, self.per_second = settings.in_flight, settings.per_second
        self.patience = 3 * settings.timeout  # to connect, to begin and to end

    def send(self, text):
        settings = self._settings
        values = {"to": text.to, "digits": text.to.lstrip("+"), "body": text.body, "uuid": text.uuid}
        values |= {"callback": self._callback or text.callback, "sender": self._sender, **self._account()}
        if settings.request_format == "json":
            content = json.dumps(http_words.fill_json(settings.request, values), ensure_ascii=False)
        else:
            content = urlencode(http_words.fill_fields(settings.request, values))
        outcome = self._post(settings.address, settings.request_format, content, text.uuid)
        if not isinstance(outcome, tuple):
            return outcome
        outcome = self._read(*outcome)
        if isinstance(outcome, Accepted) and values["digits"] in outcome.provider_id:
            return Unknown()  # an id that holds the number must not be kept: a report may tell the rest
        return outcome

    def check(self):
        """Ask the gateway for the balance; return "" if it knows the account, else a failure type. Sends no text."""
        settings = self._settings
        fields = http_words.fill_fields(settings.check_fields, dict.fromkeys(http_words.WORDS, "") | self._account())
        outcome = self._post(settings.check_address, "form", urlencode(fields), "")
        if not isinstance(outcome, tuple):
            return "sms_server"
        status, _wait, content = outcome
        code = self._find(_parse(content, settings.answer_format), settings.code_at)
        if status < 300 and (code in settings.good_codes if settings.good_codes else code is None):
            return ""
        meaning = settings.codes.get(code)
        return meaning.reason if isinstance(meaning, Refused) else "sms_acc" if status in (401, 403) else "sms_server"

    def parse_receipts(self, values):
        """Return the receipts in a report: a multi-dict of fields, or what its JSON holds."""
        settings = self._settings
        if hasattr(values, "getlist"):
            values = list(values.items(multi=True))
            only, _equals, wanted = settings.receipt_only.partition("=")
            ids, codes = (http_words.find_field(values, p) for p in (settings.receipt_id, settings.receipt_status))
            kinds = http_words.find_field(values, only) if only else [""] * len(ids)
            rows = [row for row, kind in zip(zip(ids, codes, strict=False), kinds, strict=False) if kind == wanted]
        else:
            reports = values if isinstance(values, list) else [values]
            rows = [[http_words.find(r, p) for p in (settings.receipt_id, settings.receipt_status)] for r in reports]
        return [
            Receipt(provider_id, *settings.states[code])
            for provider_id, code in rows
            if code in settings.states and PROVIDER_ID.fullmatch(provider_id or "")
        ]

    # ------------------------------------------------------------ the request

    def _account(self):
        return {"login": self._login, "secret": self._secret}

    def _post(self, address, kind, content, uuid):
        """Return (status, seconds to wait or None, content), or what the failure of the network means."""
        basic = base64.b64encode(f"{self._login}:{self._secret}".encode()).decode()
        values = {**self._account(), "basic": basic, "uuid": uuid}
        try:
            headers = {name: http_words.fill(words, values) for name, words in self._settings.headers}
            headers |= {"Content-Type": TYPES[kind], "Connection": "close", "Accept-Encoding": "identity"}
            end = self._clock() + self._settings.timeout
            with (
                requests.Session() as session,
                session.post(
                    address,
                    data=content.encode(),
                    headers=headers,
                    auth=_no_netrc,
                    timeout=self._settings.timeout,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                read = bytearray()
                # By single bytes: a larger piece would be waited for however slowly it drips.
                for byte in answer.iter_content(1):
                    read += byte
                    if len(read) > LARGEST or self._clock() > end:
                        return Unknown()
                wait = retry_after(answer.headers.get("Retry-After"), time.time(), HOUR)
                return answer.status_code, wait, bytes(read)
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError):
            return Refused("sms_acc", stops_batch=True)  # a key that no header can hold
        except (requests.RequestException, OSError) as error:
            return Unknown() if _may_have_arrived(error) else Later()
        except Exception:  # noqa: BLE001  whatever it was, it must not show the text to anybody
            return Unknown()

    # ------------------------------------------------------------ the answer

    def _read(self, status, wait, content):
        """Return what an answer means: it was accepted, it certainly was not, or nobody knows."""
        settings = self._settings
        if status >= 500 or status == 408 or 300 <= status < 400:
            return Unknown()
        answer = _parse(content, settings.answer_format)
        code = self._find(answer, settings.code_at)
        is_good = code in settings.good_codes if settings.good_codes else code is None
        if code is not None and not is_good and (meaning := settings.codes.get(code) or settings.codes.get("*")):
            return meaning
        if status == 429:
            return Later(THROTTLED if wait is None else wait)
        if status >= 400:
            return Refused("sms_acc", stops_batch=True) if status in (401, 403) else Refused("sms_server")
        provider_id = self._find(answer, settings.id_at)
        return Accepted(provider_id) if is_good and PROVIDER_ID.fullmatch(provider_id or "") else Unknown()

    def _find(self, answer, place):
        if not place or answer is None:
            return None
        if self._settings.answer_format == "text":
            found = re.search(place, answer)
            return found[1] if found else None
        return http_words.find(answer, place)


def _may_have_arrived(error):
    """Tell whether a request that ended in `error` may have reached the gateway: not if no connection stood."""
    return may_have_arrived(error) and not (
        isinstance(error, requests.exceptions.ProxyError) or "CERTIFICATE_VERIFY_FAILED" in repr(error)
    )


def _no_netrc(request):
    # With an `auth` of our own, `requests` does not look for a password of this host in a file.
    return request


def _parse(content, answer_format):
    text = content.decode("utf-8", "replace")
    if answer_format == "text":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
