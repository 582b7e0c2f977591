from . import checkout, checkout_ask, link, phone_door, portal, recovery_kit
