{
    "name": "Consent Notify: Stripe",
    "summary": "Keep phone numbers out of the payment page of Stripe",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "payment_stripe"],
    "auto_install": True,
}
