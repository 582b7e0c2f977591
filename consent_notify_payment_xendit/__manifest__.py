{
    "name": "Consent Notify: Xendit",
    "summary": "Give Xendit a phone number only if it may have one",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "payment_xendit"],
    "auto_install": True,
}
