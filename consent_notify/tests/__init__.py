from . import (
    test_consent_event,
    test_consent_status,
    test_keyring,
    test_mask,
    test_phone_text,
    test_recovery_kit,
    test_seal,
    test_sealed_field,
    test_setup,
    test_vault_hooks,
)
