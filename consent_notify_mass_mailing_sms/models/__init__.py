from . import (
    mailing_contact,
    mailing_trace,
    sms_tracker,
)
