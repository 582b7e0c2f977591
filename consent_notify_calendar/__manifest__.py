{
    "name": "Consent Notify: Calendar",
    "summary": "Keep phone numbers out of the descriptions of meetings",
    "version": "19.0.1.1.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "calendar"],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
}
