"""Words for the United States that promise a reply by STOP whatever the provider: their next version names what works.

Only the wording changes, so nobody is asked again. Words that the shop wrote itself are left alone.
"""

from odoo import SUPERUSER_ID, api

OLD_AND_NEW = (
    (
        "Reply STOP to stop or HELP for help, or use the link in any text or {phone}.",
        "To stop: {stop}, or {phone}.",
    ),
    (
        "Отказаться: ответ STOP, помощь: ответ HELP, а также ссылка в СМС или {phone}.",
        "Отказаться: {stop} или {phone}.",
    ),
)


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    published = env["consent.notice"].search([("state", "=", "published")])  # not what is in the archive
    for notice in published:
        for old, new in OLD_AND_NEW:
            if old in notice.details and notice == notice._published()[:1]:
                words = notice.copy({"details": notice.details.replace(old, new)})
                words.change = "wording"
                words.action_publish()
