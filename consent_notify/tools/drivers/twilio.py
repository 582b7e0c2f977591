"""Twilio, by its own package. It may be used by several threads at once; nothing of a request is kept or logged."""

import logging
import re
import threading
import time
from contextlib import contextmanager

import phonenumbers
import requests
import twilio.rest.api  # noqa: F401  loaded at the first text else, which would wait half a second for it
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from ..redact import redact_words
from . import twilio_codes, twilio_reports
from .base import Accepted, Driver, Later, Refused, Unknown
from .network import may_have_arrived, retry_after

ACCOUNT = re.compile(r"AC[0-9A-Za-z]{32}")
API = "https://api.twilio.com"
# Seconds until a connection stands, and again between two bytes of an answer.
TIMEOUT = 15.0
_quiet = threading.local()


class TwilioDriver(Driver):
    """An account of Twilio's.

    :param senders: list of (number in E.164, two-letter country); the one of the customer's country writes, else the
        first, as the core chooses
    :param service_sid: a Messaging Service, which chooses by itself
    :param no_words: Twilio is to keep no words of the text; :param no_number: nor the last digits of the number
    :param base_url: another address than Twilio's, for tests
    """

    per_second = 0.0  # Twilio queues what is too fast for a sender, and says 429 where it does not
    patience = 45.0
    deletes = False  # whether to forget a message is to delete it

    def __init__(
        self,
        account_sid,
        auth_token,
        senders=(),
        service_sid="",
        *,
        in_flight=32,
        no_words=False,
        no_number=False,
        base_url=API,
        timeout=TIMEOUT,
    ):
        self.in_flight = in_flight
        self.keeps_less = no_words or no_number
        self.senders = senders
        self.options = {"messaging_service_sid": service_sid} if service_sid else {}
        if no_words:
            self.options["content_retention"] = "discard"
        if no_number:
            self.options["address_retention"] = "obfuscate"
        self.client = Client(account_sid, auth_token, http_client=QuietHttpClient(base_url, timeout, in_flight))

    def send(self, text):
        options = dict(self.options)
        if "messaging_service_sid" not in options:
            options["from_"] = self._sender(text.to)
        if text.callback:
            options["status_callback"] = text.callback
        try:
            message = self.client.messages.create(to=text.to, body=text.body, **options)
        except Throttled as throttled:
            return twilio_codes.outcome(429, None, text.to, seconds=throttled.seconds)
        except TwilioException as error:
            words = getattr(error, "msg", None) or getattr(error, "title", None)
            return twilio_codes.outcome(
                getattr(error, "status", 0), getattr(error, "code", None), text.to, _without_numbers(words)
            )
        except requests.RequestException as error:
            return Unknown() if may_have_arrived(error) else Later()
        except Exception:
            return Unknown()  # an answer that is none, above all
        if message.status in ("failed", "undelivered") and message.error_code in twilio_codes.REFUSED:
            return Refused(twilio_codes.REFUSED[message.error_code])
        if not message.sid:
            return Unknown()
        return Accepted(message.sid, twilio_reports.segments(message.num_segments))

    def lookup(self, text, since, taken=frozenset()):
        # A message without its words or its whole number is not found: that would look as if it never came.
        return Unknown() if self.keeps_less else twilio_reports.lookup(self.client, text, since, taken)

    def redact(self, provider_id):
        return twilio_reports.redact(self.client, provider_id, self.deletes)

    def _sender(self, to):
        if len(self.senders) > 1:
            try:
                region = phonenumbers.region_code_for_number(phonenumbers.parse(to))
            except phonenumbers.NumberParseException:
                region = None
            for number, country in self.senders:
                if country == region:
                    return number
        return self.senders[0][0]


class Throttled(Exception):
    """Twilio said 429; its package would lose for how long."""

    def __init__(self, seconds):
        super().__init__("Too many requests.")
        self.seconds = seconds


class QuietHttpClient(TwilioHttpClient):
    """The package's own logs every request and keeps the last one, each with numbers, and would wait for ever."""

    def __init__(self, base_url, timeout, connections):
        super().__init__(timeout=timeout)
        self.base_url = base_url
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=connections, max_retries=0)
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, adapter)
        # Proxies and certificates of this machine: looked up once, not for every text.
        self.settings = self.session.merge_environment_settings(base_url, {}, None, None, None)
        self.session.trust_env = False
        self._prepared = {}  # {all of a request but its fields: as it leaves}

    def request(
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ):
        if url.startswith(API):
            url = self.base_url + url.removeprefix(API)
        with _silence():
            answer = self.session.send(
                self._prepare(method.upper(), url, params, data, headers, auth),
                allow_redirects=False,
                timeout=self.timeout,
                **self.settings,
            )
        if answer.status_code == 429:
            raise Throttled(retry_after(answer.headers.get("Retry-After"), time.time()))
        return Response(answer.status_code, answer.content.decode("utf-8", "replace"), answer.headers)

    def _prepare(self, method, url, params, data, headers, auth):
        """Return the request; texts go to one address with one head, which is made once for all of them."""
        request = requests.Request(method, url, params=params, headers=headers, auth=auth)
        if method != "POST" or params or not url.endswith("/Messages.json"):
            request.data = data or []
            return self.session.prepare_request(request)
        key = (url, auth, *(headers or {}).items())
        if key not in self._prepared:
            self._prepared[key] = self.session.prepare_request(request)
        prepared = self._prepared[key].copy()
        prepared.prepare_body(data, None)
        return prepared


def _without_numbers(words):
    return redact_words(str(words).removeprefix("Unable to create record: ")) if words else ""


# ------------------------------------------------------------ logs


@contextmanager
def _silence():
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = False


class _NotOurs(logging.Filter):
    """Drops what urllib3 says of our requests: their addresses hold the account and, in a look-up, a number."""

    def filter(self, record):
        return not getattr(_quiet, "on", False)


for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_NotOurs())
