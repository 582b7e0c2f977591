"""A plugin for pytest: switches the gate off where CONSENT_NOTIFY_TEST_GATE says so, for the core's own tests."""

import os


def pytest_sessionstart(session):
    """Switch the gate off before a test asks. On the class that defines it: every registry inherits from that."""
    if os.environ.get("CONSENT_NOTIFY_TEST_GATE") == "off":
        from odoo.modules import initialize_sys_path

        initialize_sys_path()
        from odoo.addons.consent_notify.models import sms_sms_gate

        sms_sms_gate.SmsSms._gate_is_on = lambda self: False
