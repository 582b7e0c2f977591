from . import checkout, consent_evidence, consent_receipt, link, phone_door, portal, recovery_kit
