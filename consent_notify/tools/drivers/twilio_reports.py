"""What Twilio tells about a text after it took it: receipts, replies, look-ups; and how it is made to forget.

Pure functions: fields of requests and a `twilio.rest.Client` are parameters. Facts: Twilio's pages "Message Resource",
"Error and Warning Dictionary", "Webhooks security" and "Advanced Opt-Out", read in November 2026.
"""

import re
from datetime import UTC, timedelta

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from . import twilio_codes
from .base import Inbound, Receipt, Unknown

SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
# Twilio's word → ours. Whatever stands before "sent" says already that Twilio has the text.
STATUSES = {
    **dict.fromkeys(("queued", "accepted", "scheduled", "sending", "sent"), "sent"),
    **dict.fromkeys(("delivered", "read"), "delivered"),
    **dict.fromkeys(("undelivered", "failed", "canceled"), "failed"),
}
NOT_DELIVERED = "sms_not_delivered"
# Twilio's error code → failure type, as at sending; what is not here was not delivered, and no more is known. A handset
# that cannot be reached at sending is a wrong number; afterwards it may only be off.
REASONS = {
    **twilio_codes.STOPS,
    **twilio_codes.STOPS_COUNTRY,
    **twilio_codes.REFUSED,
    30003: NOT_DELIVERED,
    30036: "sms_expired",
}
# The clocks of two houses differ, and Twilio notes whole seconds.
SLACK = timedelta(minutes=2)
# What Twilio writes before each text of an account that pays nothing.
TRIAL = "Sent from your Twilio trial account - "
# Where receipts come; a token of the text follows.
STATUS = "/consent_notify/sms/status/"
AT_MOST = 50  # messages to one number that a look-up reads
GONE = 404
# What stood in the queue in place of a link or a code, and what the customer's handset shows there.
LIVE = {"[link]": r"\S{0,200}/u/[0-9A-Za-z]{11}", "[code]": r"\d{6}"}


def is_signed(auth_token, urls, form, signature):
    """Tell whether Twilio signed `form`, a multi-dict, for one of `urls` with this account's token.

    The validator takes an empty token for a key like any other, and fails on a missing header: both mean no.
    """
    if not auth_token or not signature:
        return False
    validator = RequestValidator(auth_token)
    return any([validator.validate(url, form, signature) for url in urls])


def parse_receipt(values):
    """Return the `Receipt` in the fields of a status callback, or None."""
    sid = values.get("MessageSid") or values.get("SmsSid") or ""
    status = STATUSES.get((values.get("MessageStatus") or values.get("SmsStatus") or "").lower())
    if not status or not SID.fullmatch(sid):
        return None
    return Receipt(
        provider_id=sid,
        status=status,
        reason=_reason(values.get("ErrorCode")) if status == "failed" else "",
        segments=segments(values.get("NumSegments")),
        price=abs(_number(values.get("Price"))),
        currency=_currency(values.get("PriceUnit")),
    )


def parse_inbound(values):
    """Return the `Inbound` in the fields of an incoming message, or None.

    `OptOutType` comes only with Advanced Opt-Out, where Twilio answers by itself.
    """
    sid = values.get("MessageSid") or values.get("SmsSid") or ""
    sender = values.get("From") or ""
    if not SID.fullmatch(sid) or not sender:
        return None
    return Inbound(
        provider_id=sid,
        sender=sender[:40],
        to=(values.get("To") or "")[:40],
        body=(values.get("Body") or "")[:1600],
        is_answered=(values.get("OptOutType") or "").upper() in ("STOP", "START", "HELP"),
    )


def lookup(client, text, since, taken=frozenset()):
    """Tell what became of a text whose outcome is unknown, as `Driver.lookup` does.

    :param since: UTC, without a zone; when the text was on its way
    :param taken: ids of messages that are known to be other texts
    :return: a `Receipt`; None if Twilio has no message that could be it; `Unknown` if it does not tell, has two of
        them, or has one that nobody can account for: Twilio may have changed or dropped its words
    """
    try:
        # The newest first. Not by the date they were sent: those that wait or failed have none.
        messages = client.messages.list(to=text.to, limit=AT_MOST, page_size=AT_MOST)
    except Exception:  # the error's words hold the response
        return Unknown()
    recent = [message for message in messages if _is_since(message, since)]
    sent = [one for one in recent if one.sid not in taken and (one.direction or "").startswith("outbound")]
    ours = [message for message in sent if same_words(text.body, (message.body or "").removeprefix(TRIAL))]
    if len(ours) == 1:
        return _receipt_of(ours[0])
    # One of several is it; which, nobody can tell. A full page may go on.
    return Unknown() if sent or len(recent) >= AT_MOST else None


def redact(client, sid, deletes=False):
    """Have Twilio forget the words of a finished message, and the message itself if `deletes`; False: not yet.

    :return: a `Receipt` of what Twilio answers, which has the price where it is known by then; else whether it forgot
    """
    try:
        message = client.messages(sid)
        told = _receipt_of(message.update(body=""))
        if deletes:
            message.delete()
    except TwilioRestException as error:
        return error.status == GONE  # somebody else had it forgotten
    except Exception:
        return False
    return told if isinstance(told, Receipt) else True


def segments(text):
    """Return how many SMS Twilio counts, which it writes as text; 0 where it does not tell."""
    return int(_number(text))


def same_words(pattern, body):
    """Tell whether `body` is what left for `pattern`, in which marks stand for what was made at the last moment."""
    expected = re.escape(pattern)
    for mark, live in LIVE.items():
        # Without a link the mark was left out, with the blanks before it at the end.
        expected = expected.replace(re.escape(mark), f"(?:{live})?")
    return re.fullmatch(rf"{expected}\s*", body) is not None or (
        "[link]" in pattern and body == pattern.replace("[link]", "").rstrip()
    )


def _is_since(message, since):
    created = message.date_created
    return created is None or created.astimezone(UTC).replace(tzinfo=None) >= since - SLACK


def _receipt_of(message):
    values = {
        "MessageSid": message.sid,
        "MessageStatus": getattr(message.status, "value", message.status),
        "ErrorCode": message.error_code,
        "NumSegments": message.num_segments,
        "Price": message.price,
        "PriceUnit": message.price_unit,
    }
    return parse_receipt(values) or Unknown()


def _reason(code):
    return REASONS.get(int(_number(code)), NOT_DELIVERED)


def _number(text):
    """Return the number in `text`, 0 for what is none."""
    try:
        number = float(text or 0)
    except (TypeError, ValueError):
        return 0.0
    return number if abs(number) < 1e6 else 0.0


def _currency(text):
    return text.upper() if isinstance(text, str) and re.fullmatch("[A-Za-z]{3}", text) else ""
