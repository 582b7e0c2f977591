from . import checkout, link, number_code, phone_door, portal, portal_privacy, recovery_kit
