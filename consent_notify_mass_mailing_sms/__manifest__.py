{
    "name": "Consent Notify: SMS Marketing",
    "summary": "Send mailings by SMS as offers, past the gate, to numbers that are sealed",
    "version": "19.0.1.1.0",
    "category": "Marketing/SMS Marketing",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "mass_mailing_sms"],
    "auto_install": True,
}
