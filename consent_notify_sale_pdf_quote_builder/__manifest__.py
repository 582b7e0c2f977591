{
    "name": "Consent Notify: PDF Quotes",
    "summary": "Keep customers' phone numbers out of the pages that go with a quotation",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "sale_pdf_quote_builder"],
    "auto_install": True,
}
