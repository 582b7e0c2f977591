from . import recovery_kit
