"""Two Russian gateways on loopback, small but with a memory: what they accepted, and how they are unwell."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

SECRET = "key-of-the-shop"


class Fake:
    """A gateway: `accepted` are the forms of the texts that it took, `ill` what it does instead of answering.

    `ill` is a function of the handler, or (status, body); used up by one request.
    """

    def __init__(self):
        self.accepted, self.seen, self.ill, self.balance = [], [], [], 100

    def answer(self, path, form):
        """Return (status, body) to a request's form; a dict is sent as JSON."""
        raise NotImplementedError

    @contextmanager
    def listening(self):
        """Yield the address of this gateway while it listens."""
        handler = type("Handler", (_Handler,), {"fake": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class FakeSmsRu(Fake):
    """SMS.ru: `json=1`, one member of `sms` for each number, codes as it documents them."""

    def __init__(self):
        super().__init__()
        self.stop_list = set()

    def answer(self, path, form):
        if form.get("api_id") != SECRET:
            return 200, {"status": "ERROR", "status_code": 200, "status_text": "Неправильный api_id"}
        if path.endswith("/auth/check"):
            return 200, {"status": "OK", "status_code": 100}
        if set(form) - {"api_id", "to", "msg", "from", "json"} or form.get("json") != "1":
            raise AssertionError("a field that SMS.ru does not know")
        return 200, {"status": "OK", "status_code": 100, "sms": {form["to"]: self.take(form)}, "balance": self.balance}

    def take(self, form):
        code = None
        if not self.balance:
            code = 201
        elif not (form["to"].isdecimal() and len(form["to"]) == 11):
            code = 202
        elif form["to"] in self.stop_list:
            code = 215
        if code:
            return {"status": "ERROR", "status_code": code, "status_text": f"Не принято: {form['to']}"}
        self.accepted.append(form)
        self.balance -= 1
        return {"status": "OK", "status_code": 100, "sms_id": f"202648-{1000000 + len(self.accepted)}"}


class FakeSmsc(Fake):
    """SMSC.ru: `fmt=3`; a second equal text within a minute is code 9, errors about a text bear its id."""

    def answer(self, path, form):
        if (form.get("login"), form.get("psw")) != ("shop", SECRET):
            return 200, {"error": "authorise error", "error_code": 2}
        if path.endswith("/balance.php"):
            return 200, {"balance": str(self.balance)}
        if set(form) - {"login", "psw", "phones", "mes", "sender", "charset", "fmt"} or form.get("fmt") != "3":
            raise AssertionError("a field that SMSC.ru does not know")
        number = len(self.accepted) + 1
        if not form["phones"].startswith("+7"):
            return 200, {"error": "invalid number", "error_code": 7, "id": number}
        if not self.balance:
            return 200, {"error": "no money", "error_code": 3, "id": number}
        if any((one["phones"], one["mes"]) == (form["phones"], form["mes"]) for one in self.accepted):
            return 200, {"error": "duplicate request, wait a minute", "error_code": 9}
        self.accepted.append(form)
        self.balance -= 1
        return 200, {"id": number, "cnt": 1}


class _Handler(BaseHTTPRequestHandler):
    fake = None

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"].startswith("application/json"):
            form = json.loads(content)
        else:
            form = dict(parse_qsl(content.decode(), keep_blank_values=True, strict_parsing=True))
        self.fake.seen.append((self.path, dict(self.headers), form))
        ill = self.fake.ill.pop(0) if self.fake.ill else None
        if callable(ill):
            ill(self, form)
        else:
            self.send(*(ill or self.fake.answer(self.path, form)))

    def send(self, status, body, headers=()):
        """Answer with `body`: a dict, or text."""
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass
