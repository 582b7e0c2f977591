from . import (
    base_import_import,
    base_partner_merge,
    mail_compose_message,
    phone_blacklist_remove,
    recovery_kit,
    sms_composer,
    sms_twilio_account_manage,
    test_sms,
)
