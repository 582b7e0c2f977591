from . import (
    test_keyring,
    test_mask,
    test_phone_text,
    test_seal,
    test_sealed_field,
    test_vault_hooks,
)
from . import test_recovery_kit, test_setup
