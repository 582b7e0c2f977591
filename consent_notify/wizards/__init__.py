from . import (
    base_import_import,
    base_partner_merge,
    consent_notice_publish,
    recovery_kit,
    res_users_identitycheck,
    sms_composer,
    sms_twilio_account_manage,
    test_sms,
)
