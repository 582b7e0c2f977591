from . import phone_door, recovery_kit
