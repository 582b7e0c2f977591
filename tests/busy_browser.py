"""A colleague's browser in a running shop, which remembers whatever it was told."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from odoo.addons.auth_totp.models.totp import TIMESTEP, hotp

from devtools.demo import MANAGER
from devtools.pages import Browser
from devtools.ui import Stop

SECRET = b"ConsentNotify20bytes"  # of the manager's second factor


class Staff(Browser):
    """A colleague's browser, a manager's with both factors; keeps everything that it was answered."""

    def __init__(self, server, who=MANAGER):
        super().__init__(server.url)
        self.answers = []
        self.sign_in(server.database, *who)
        if who == MANAGER:
            self.csrf = self.get("/web/login/totp").one("input", name="csrf_token").get("value")
            self.form("/web/login/totp", totp_token=f"{hotp(SECRET, int(time.time() // TIMESTEP)):06}")
        self.csrf = re.search(r'csrf_token: "(\w+)"', self.text("/odoo"))[1]

    def text(self, path):
        """Open an address and return the page as text."""
        return self._send(urllib.request.Request(self.url + path))

    def fetch(self, path):
        """Download a file and return its bytes, which the caller looks into."""
        with self._opener.open(self.url + path, timeout=60) as answer:
            return answer.read()

    def form(self, path, **values):
        """Post a form and return the answer as text."""
        return self._send(urllib.request.Request(self.url + path, self._encoded(values)))

    def refused(self, model, method, *args, **kwargs):
        """Call a method that has to refuse."""
        path = f"/web/dataset/call_kw/{model}/{method}"
        body = json.dumps({"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        assert "error" in json.loads(self._send(request)), f"{model}.{method} was not refused"

    def upload(self, path, name, content, **values):
        """Post a form with one file in it, as base_import's page does."""
        lines = []
        for key, value in {**values, "csrf_token": self.csrf}.items():
            lines += ["--frontier", f'Content-Disposition: form-data; name="{key}"', "", str(value)]
        lines += ["--frontier", f'Content-Disposition: form-data; name="ufile"; filename="{name}"']
        lines += ["Content-Type: text/csv", "", content, "--frontier--", ""]
        body = "\r\n".join(lines).encode()
        kind = {"Content-Type": "multipart/form-data; boundary=frontier"}
        return self._send(urllib.request.Request(self.url + path, body, kind))

    def _encoded(self, values):
        return urllib.parse.urlencode({**values, "csrf_token": self.csrf}).encode()

    def _send(self, request):
        try:
            told = super()._send(request)
        except Stop as error:
            if not isinstance(error.__cause__, urllib.error.HTTPError):
                raise
            told = error.__cause__.read().decode()
        self.answers.append(told)
        return told
