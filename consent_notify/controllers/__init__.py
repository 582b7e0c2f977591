from . import (
    checkout,
    checkout_ask,
    checkout_words,
    consent_document,
    consent_import,
    link,
    number_code,
    phone_door,
    portal,
    portal_privacy,
    recovery_kit,
)
