"""What is set for an HTTP gateway, checked once. Plain Python."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..errors import GatewayError, _lt
from . import http_words

# Where a gateway's reports come in; its id and token follow.
RECEIPTS = "/consent_notify/sms/gateway"
LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class HttpSettings:
    """What a gateway wants and answers. Texts as `http_words` describes them; `from_texts` checks them."""

    address: str
    request_format: str = "form"  # or "json"
    request: object = ()  # [(name, template)] or a JSON template
    headers: tuple = ()
    answer_format: str = "json"  # or "text": then the `…_at` are regular expressions with one group
    id_at: str = ""
    code_at: str = ""
    good_codes: frozenset = frozenset()  # empty: a good answer has no code
    codes: dict = field(default_factory=dict)
    receipt_id: str = ""
    receipt_status: str = ""
    receipt_only: str = ""  # `data:1=sms_status`: other reports are none of ours
    states: dict = field(default_factory=dict)
    check_address: str = ""
    check_fields: tuple = ()
    timeout: float = 20.0
    per_second: float = 1.0
    in_flight: int = 1

    @classmethod
    def from_texts(cls, reasons, receipt_reasons, **texts):
        """Return the settings that these texts describe.

        :param reasons, receipt_reasons: the failure types of a text, and of a report
        :raises GatewayError: for what cannot be meant
        """
        for name in ("address", "check_address"):
            if texts.get(name):
                _assert_private(texts[name])
        read_request = http_words.read_json if texts.get("request_format") == "json" else http_words.read_fields
        if texts.get("answer_format") == "text":
            for name in ("id_at", "code_at"):
                _assert_pattern(texts.get(name) or "")
        return cls(
            **{
                **texts,
                "request": read_request(texts.get("request")),
                "headers": tuple(http_words.read_headers(texts.get("headers"))),
                "good_codes": frozenset(filter(None, re.split(r"[\s,]+", texts.get("good_codes") or ""))),
                "codes": http_words.read_codes(texts.get("codes"), reasons),
                "states": http_words.read_states(texts.get("states"), receipt_reasons),
                "check_fields": tuple(http_words.read_fields(texts.get("check_fields"))),
            }
        )


def _assert_private(address):
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname or parts.scheme == "http" and parts.hostname in LOCAL:
        if not parts.query and not parts.username:
            return
        raise GatewayError(_lt("Keys and fields belong below, not into the address: servers log addresses."))
    raise GatewayError(_lt("The address has to begin with https: over plain http others could read the numbers."))


def _assert_pattern(pattern):
    try:
        if pattern and re.compile(pattern).groups != 1:
            raise GatewayError(_lt("The expression needs one pair of round brackets, around what is looked for."))
    except re.error as error:
        raise GatewayError(_lt("This is no regular expression: check its brackets.")) from error
