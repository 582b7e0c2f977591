from . import checkout, link, phone_door, portal, recovery_kit
