from . import (
    mailing_mailing,
    mailing_trace,
    sms_tracker,
)
