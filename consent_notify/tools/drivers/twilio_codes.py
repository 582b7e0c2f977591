"""What Twilio's error codes mean to us. Source: https://www.twilio.com/docs/api/errors, read in November 2026."""

from dataclasses import replace

import phonenumbers

from .base import Later, Refused, Unknown

# {code: failure type}. One text is refused; others may fare better.
REFUSED = {
    # the number
    21211: "sms_number_format",
    21214: "sms_number_format",
    21217: "sms_number_format",
    21265: "sms_number_format",
    21401: "sms_number_format",
    21421: "sms_number_format",
    21604: "sms_number_missing",
    21612: "sms_country_not_supported",
    21614: "sms_number_format",
    21635: "sms_number_format",
    30003: "sms_invalid_destination",
    30005: "sms_invalid_destination",
    30006: "sms_not_allowed",
    # the customer's word
    21610: "sms_optout",
    # what it says
    21266: "twilio_from_to",
    21602: "sms_server",
    21617: "sms_server",
    30004: "sms_rejected",
    30007: "sms_rejected",
    30008: "sms_not_delivered",
    35114: "sms_server",
}
# {code: failure type}. The account or its settings are at fault: no other text would fare better.
STOPS = {
    20003: "twilio_authentication",
    20005: "sms_acc",
    20006: "twilio_authentication",
    20404: "sms_acc",
    21603: "twilio_from_missing",
    21606: "twilio_from_missing",
    21608: "sms_acc",
    21609: "twilio_callback",
    21705: "twilio_from_missing",
    30002: "sms_acc",
    30034: "sms_registration_needed",
}
# {code: failure type}. The account may not send to this country: no other text to it would fare better.
STOPS_COUNTRY = {21408: "sms_country_not_supported"}
# Surely not accepted, and better luck later; how long, the answer may say. Quiet hours are one recipient's.
LATER = {20429: Later(), 30001: Later(), 63038: Later(3600.0), 30610: Later(3600.0, alone=True)}
# Kinds of 4xx that tell nothing about what was done with the request.
UNSURE = {408, 409, 425, 499}


def outcome(status, code, to, words="", seconds=None):
    """Return what the answer to a request to send means.

    :param int status: of HTTP
    :param code: Twilio's own; what is no code of theirs says nothing
    :param to: the number in E.164
    :param words: Twilio's, without numbers
    :param seconds: of the header `Retry-After`
    """
    if status == 429 or (400 <= status < 500 and code in LATER):
        later = LATER.get(code, Later())
        return replace(later, seconds=later.seconds or seconds)
    if not 400 <= status < 500 or status in UNSURE:
        # There is no key that would make a repeat safe: it may have accepted the text.
        return Unknown()
    if status == 401:
        code = 20003  # whoever says so
    if code in STOPS:
        return Refused(STOPS[code], stops_batch=True, words=words)
    if code in STOPS_COUNTRY:
        return Refused(STOPS_COUNTRY[code], stops_batch=True, words=words, prefix=country_prefix(to))
    if code in REFUSED or (isinstance(code, int) and code >= 10000):
        return Refused(REFUSED.get(code, "sms_server"), words=words)
    return Unknown()  # it was not Twilio that answered


def country_prefix(e164):
    """Return how all numbers of the country of `e164` begin, such as "+44"."""
    try:
        return f"+{phonenumbers.parse(e164).country_code}"
    except phonenumbers.NumberParseException:
        return e164
