from . import (
    checkout,
    checkout_words,
    consent_document,
    link,
    number_code,
    phone_door,
    portal,
    portal_privacy,
    recovery_kit,
)
