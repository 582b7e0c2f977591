{
    "name": "Consent Notify: CRM",
    "summary": "Seal the phone numbers of leads",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "crm"],
    "auto_install": True,
}
