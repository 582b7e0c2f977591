{
    "name": "Consent Notify: Inventory",
    "summary": "Tell customers by their transfers that an order is ready, dispatched or delivered",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "license": "LGPL-3",
    "author": "consent_notify contributors",
    "depends": ["consent_notify", "sale_stock"],
    "data": [
        "data/base_automation_data.xml",
        "views/delivery_carrier_views.xml",
        "views/stock_picking_views.xml",
    ],
    "auto_install": True,
}
