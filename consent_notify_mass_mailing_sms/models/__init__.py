from . import (
    mailing_contact,
    mailing_mailing,
    mailing_trace,
    sms_tracker,
)
