{
    "name": "Consent Notify: Electronic Invoices",
    "summary": "Keep customers' phone numbers out of electronic invoices",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "account_edi_ubl_cii"],
    "data": ["views/cii_22_templates.xml"],
    "auto_install": True,
}
