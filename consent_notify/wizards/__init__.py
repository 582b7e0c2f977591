from . import recovery_kit, test_sms
