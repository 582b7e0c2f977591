from . import checkout, checkout_words, consent_document, link, phone_door, portal, recovery_kit
