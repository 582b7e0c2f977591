from . import (
    mailing_trace,
    sms_tracker,
)
