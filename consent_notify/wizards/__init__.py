from . import recovery_kit, sms_composer, test_sms
