from . import checkout, checkout_ask, consent_import, link, phone_door, portal, recovery_kit
