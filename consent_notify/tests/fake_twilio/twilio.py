"""Twilio's REST API for messages, as far as a shop uses it: stateful, on loopback, and as unwell as a test wants.

with FakeTwilio() as fake:
    fake.fault("bad_gateway", times=2, accept=True)
    …                                    # point a client at fake.url
    fake.messages                        # what was accepted, in order
    fake.status_request(sid, "delivered")  # a signed callback, to be posted as often and as late as you like
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from . import faults
from .server import Answer, Server

SID, TOKEN = "AC" + "0123456789abcdef" * 2, "fake-auth-token"
PATH = re.compile(r"/2010-04-01/Accounts/(?P<account>\w+)/Messages(?:/(?P<sid>\w+))?\.json")
FINAL = {"delivered", "undelivered", "failed", "received", "read", "canceled"}


class FakeTwilio(Server):
    """:param accounts: {account SID: auth token}; :param latency: seconds every request takes"""

    def __init__(self, accounts=None, latency=0.0):
        super().__init__()
        self.accounts = accounts or {SID: TOKEN}
        self.suspended = set()
        self.latency = latency
        self.num_segments = "1"  # what it says of every new message
        self.messages = []  # accepted, as dicts with Twilio's names
        self.by_sid = {}
        self.requests = []  # what was asked, as Request; not kept while `keeps_requests` is false
        self.keeps_requests = True
        self.asked = 0  # how many requests came
        self.faults = []

    # ------------------------------------------------------------ what a test says and asks

    def fault(self, name, **options):
        """Let something befall the next request: see `faults.NAMED` and `faults.Fault`."""
        with self.lock:
            self.faults.append(faults.make(name, **options))

    def clear(self):
        """Forget all faults, messages and requests."""
        with self.lock:
            for kept in (self.faults, self.messages, self.by_sid, self.requests, self.suspended):
                kept.clear()
            self.asked = 0

    def advance(self, sid, status, error_code=None):
        """Let a message have reached `status`, silently; return it."""
        with self.lock:
            message = self.by_sid[sid]
            message.update(status=status, error_code=error_code, date_updated=_now())
            if status == "delivered":
                message.update(price="-0.00750", date_sent=_now())
            return message

    def status_request(self, sid, status, error_code=None, token=None, **more):
        """Return (address, form, headers) of the callback about a message, signed; the message reaches that status.

        :param token: what signs it, if not the account's token
        :param more: further fields of the form
        """
        message = self.advance(sid, status, error_code)
        form = {
            "AccountSid": message["account_sid"],
            "ApiVersion": "2010-04-01",
            "From": message["from"] or "",
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": message["to"],
            **({"ErrorCode": str(error_code)} if error_code else {}),
            **more,
        }
        token = self.accounts[message["account_sid"]] if token is None else token
        return message["status_callback"], form, sign(token, message["status_callback"], form)

    def inbound_request(self, url, sender, to, body, account=SID, token=None, **more):
        """Return (address, form, headers) of a customer's text to the shop's webhook at `url`, signed."""
        sid = "SM" + secrets.token_hex(16)
        form = {"AccountSid": account, "From": sender, "To": to, "Body": body, "MessageSid": sid, "SmsSid": sid}
        form |= {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01", **more}
        token = self.accounts[account] if token is None else token
        return url, form, sign(token, url, form)

    # ------------------------------------------------------------ what a client gets

    def handle(self, request):
        """Answer one request, with the first fault that is meant for it."""
        if request.path.startswith("/_fake/"):
            return self._control(request)
        self.asked += 1
        if self.keeps_requests:
            self.requests.append(request)
        fault = self._next_fault(request)
        if fault and (fault.status or fault.ending) and not fault.accept:
            answer = self._error(fault.status or 500, fault.code, fault.message)
        else:
            answer = self._route(request)
        answer.latency = self.latency
        if fault:
            answer.latency += fault.latency
            answer.ending, answer.pause = fault.ending, fault.pause
            if fault.status:
                answer.status, answer.headers = fault.status, dict(fault.headers)
                if fault.body is not None:
                    answer.body = fault.body.encode()
                    answer.headers["Content-Type"] = "text/html"
        return answer

    def _next_fault(self, request):
        for fault in self.faults:
            if request.method == fault.method and fault.to in ("", request.get("To")):
                if fault.times == 1:
                    self.faults.remove(fault)
                elif fault.times:
                    fault.times -= 1
                return fault
        return None

    def _route(self, request):
        found = PATH.fullmatch(request.path)
        if not found:
            return self._error(404, 20404, "The requested resource was not found")
        account, sid = found["account"], found["sid"]
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(basic) != f"{account}:{self.accounts.get(account)}".encode():
            return self._error(401, 20003, "Authenticate")
        if account in self.suspended:
            return self._error(403, 20005, "Account not active")
        if not sid:
            return self._create(account, request) if request.method == "POST" else self._list(account, request)
        message = self.by_sid.get(sid)
        if not message or message["account_sid"] != account:
            return self._error(404, 20404, "The requested resource was not found")
        if request.method == "GET":
            return _json(200, message)
        if message["status"] not in FINAL:
            return self._error(409, 20009, "Cannot change a message before it is done")
        if request.method == "DELETE":
            self.messages.remove(self.by_sid.pop(sid))
            return Answer(204)
        message["body"] = request.get("Body")
        return _json(200, message)

    def _create(self, account, request):
        form = dict(request.form)
        for name, code in (("To", 21604), ("Body", 21602)):
            if not form.get(name):
                return self._error(400, code, f"A '{name}' is required")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return self._error(400, 21603, "A 'From' phone number is required")
        if form.get("From") == form["To"]:
            return self._error(400, 21266, "'To' and 'From' number cannot be the same")
        sid = "SM" + secrets.token_hex(16)
        message = {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "date_created": _now(),
            "date_sent": None,
            "date_updated": _now(),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": self.num_segments,
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if form.get("MessagingServiceSid") else "queued",
            "subresource_uris": {},
            "to": form["To"],
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
            # Not in Twilio's answer:
            "status_callback": form.get("StatusCallback", ""),
            "at": time.time(),
        }
        self.messages.append(message)
        self.by_sid[sid] = message
        return _json(201, message)

    def _list(self, account, request):
        found = [message for message in self.messages if message["account_sid"] == account]
        if to := request.get("To"):
            found = [message for message in found if message["to"] == to]
        # As names and values stand in the address: `DateSent`, `DateSent<` and `DateSent>`.
        for name, keep in (
            ("DateSent", lambda day, asked: day[: len(asked)] == asked),
            ("DateSent<", lambda day, asked: day <= asked),
            ("DateSent>", lambda day, asked: day >= asked),
        ):
            if asked := request.get(name):
                found = [m for m in found if keep((m["date_sent"] or m["date_created"])[: len(asked)], asked)]
        size, page = int(request.get("PageSize") or 50), int(request.get("Page") or 0)
        found = found[::-1]  # the newest first
        more = len(found) > (page + 1) * size
        query = urlencode({**dict(request.query), "PageSize": size, "Page": page + 1})
        shown = [_shown(message) for message in found[page * size : (page + 1) * size]]
        told = {"messages": shown, "page": page, "page_size": size, "uri": request.path}
        told["next_page_uri"] = f"{request.path}?{query}" if more else None
        return Answer(200, json.dumps(told).encode())

    def _error(self, status, code, message):
        told = {"status": status, "code": code or status, "message": message}
        told["more_info"] = f"https://www.twilio.com/docs/errors/{code}"
        return Answer(status, json.dumps(told).encode())

    # ------------------------------------------------------------ from another process

    def _control(self, request):
        asked = json.loads(request.body or b"{}")
        match request.path.removeprefix("/_fake/"):
            case "fault":
                self.fault(**asked)
            case "clear":
                self.clear()
            case "lift":
                self.faults.clear()
            case "set":
                for name, value in asked.items():
                    setattr(self, name, value)
            case "suspend":
                self.suspended.add(asked.get("account", SID))
            case "resume":
                self.suspended.clear()
            case "status":
                return Answer(200, json.dumps(self.status_request(**asked)).encode())
            case "messages":
                return Answer(200, json.dumps(self.messages).encode())
        told = {"messages": len(self.messages), "connected": self.most_connected, "asked": self.asked}
        return Answer(200, json.dumps(told).encode())


def sign(token, url, form):
    """Return the header with Twilio's signature: HMAC-SHA1 of the address and the sorted fields."""
    data = url + "".join(f"{name}{value}" for name, value in sorted(form.items()))
    digest = hmac.new(token.encode(), data.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


def post(url, form, headers=()):
    """Post a signed request as Twilio does; return the status of the answer."""
    request = urllib.request.Request(url, urlencode(form).encode(), dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def ask(url, what, **options):
    """Ask a fake in another process: "fault", "clear", "set", "suspend", "resume", "status", "messages" or
    "count"."""
    request = urllib.request.Request(f"{url}/_fake/{what}", json.dumps(options).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def _now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(message):
    """Return a message as Twilio shows it."""
    shown = {name: value for name, value in message.items() if name not in ("status_callback", "at")}
    for name in ("date_created", "date_sent", "date_updated"):
        if shown[name]:
            shown[name] = format_datetime(datetime.fromisoformat(shown[name]))
    return shown


def _json(status, message):
    return Answer(status, json.dumps(_shown(message)).encode())
