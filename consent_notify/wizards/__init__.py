from . import (
    base_import_import,
    base_partner_merge,
    consent_ask,
    consent_ask_line,
    consent_import,
    consent_import_judge,
    consent_import_line,
    recovery_kit,
    sms_composer,
    sms_twilio_account_manage,
    test_sms,
)
