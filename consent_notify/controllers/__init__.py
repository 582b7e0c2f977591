from . import checkout, phone_door, recovery_kit
