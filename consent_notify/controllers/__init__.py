from . import checkout, phone_door, portal, recovery_kit
