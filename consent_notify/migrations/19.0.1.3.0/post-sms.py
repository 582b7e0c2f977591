"""Texts on their way learn by which account they left, and one recipient's wait holds nobody else.

Whose answer "later" is about that recipient alone was not told apart before: it held the whole queue.
"""

from odoo import SUPERUSER_ID, api

# Lines of the ready descriptions, by the address of the gateway; a line that the shop wrote otherwise is left alone.
ALONE = {
    "https://sms.ru/sms/send": ("231=later 60", "233=later 300"),
    "https://smsc.ru/sys/send.php": ("9=later 60",),
}


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _name_accounts(env)
    for gateway in env["sms.gateway"].with_context(active_test=False).search([("address", "in", list(ALONE))]):
        lines = (gateway.codes or "").splitlines()
        codes = "\n".join(f"{line}, alone" if line in ALONE[gateway.address] else line for line in lines)
        if codes != "\n".join(lines):
            gateway.codes = codes
    cron = env.ref("consent_notify.ir_cron_orders_late", raise_if_not_found=False)
    # It asks each company whether its day has begun; once a day at one hour was the wrong hour for most.
    if cron and (cron.interval_number, cron.interval_type) == (1, "days"):
        cron.interval_type = "hours"


def _name_accounts(env):
    """Say of texts that left that the account which the company has today got them: no older one is known.

    What has an id that Twilio does not give was not sent by Twilio, and Twilio need not be asked about it.
    """
    for company in env["res.company"].with_context(active_test=False).search([]):
        account = company._sms_account_sudo()
        env.cr.execute(
            "UPDATE sms_tracker SET account = %s"
            " WHERE company_id = %s AND claimed_at IS NOT NULL AND account IS NULL"
            " AND (%s OR sms_twilio_sid IS NULL OR sms_twilio_sid ~ '^(SM|MM)[0-9a-f]{32}$')",
            [account, company.id, not account.startswith("twilio ")],
        )
    env["sms.tracker"].invalidate_model(["account"])
