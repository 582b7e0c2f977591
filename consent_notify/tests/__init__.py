from . import (
    test_door_show,
    test_keyring,
    test_leaks,
    test_mask,
    test_phone_text,
    test_recovery_kit,
    test_rotation,
    test_scan,
    test_seal,
    test_sealed_field,
    test_setup,
    test_vault_hooks,
)
