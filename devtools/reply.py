"""The customer of the story replies STOP, as Twilio hands it over: a form, signed with the account's token."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from .pages import Browser
from .shopping import E164
from .story import read_events
from .ui import Stop

WORDS = {"en": "Stop. Thank you", "ru": "Стоп, спасибо!"}


def reply(server, story, psql, manager):
    """Let the shop have an account, and post the reply to the address that its settings show.

    :param manager: (login, password) of somebody who may see the settings
    """
    browser = Browser(server.url).sign_in(server.database, *manager)
    token = secrets.token_hex(16)
    [[company]] = psql(f"SELECT company_id FROM sale_order WHERE id = {int(story.order_id)}")
    browser.call("res.company", "write", [int(company)], {"sms_twilio_auth_token": token})
    settings = browser.call("res.config.settings", "create", {})
    [shown] = browser.call("res.config.settings", "read", [settings], ["sms_inbound_url"])
    path = urlsplit(shown["sms_inbound_url"]).path
    story.reply, sid = WORDS[story.lang], "SM" + secrets.token_hex(16)
    form = {"MessageSid": sid, "From": E164[story.lang], "To": "+15005550006", "Body": story.reply}
    signature = _sign(token, server.url + path, form)
    if "<Response>" not in Browser(server.url).deliver(path, form, {"X-Twilio-Signature": signature}):
        raise Stop("The shop did not hear the reply: read the server's log.")
    story.events = read_events(story, psql)


def _sign(token, url, form):
    """Return Twilio's signature: HMAC-SHA1 of the address and the sorted fields."""
    signed = url + "".join(f"{name}{value}" for name, value in sorted(form.items()))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
