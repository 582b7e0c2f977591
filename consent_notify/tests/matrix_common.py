"""What the matrices of doors and of routes share: every role in turn, over HTTP, against sentences."""

import re
import time

from odoo import http
from odoo.tests import HttpCase

from .consent_common import NUMBER
from .test_matrix import ROLES, WHO, MatrixCommon


class MatrixOverHttp(MatrixCommon, HttpCase):
    def each_role(self, keys, sentences):
        """Sign in as each role, turn every key, and compare with who may, by the sentences."""
        self.assertEqual(set(keys), set(sentences))
        for role in ROLES:
            login = None if role == "public" else f"matrix_{role}"
            self.authenticate(login, login, session_extra={"identity-check-last": time.time()})
            for line, who in sentences.items():
                with self.subTest(role=role, line=line):
                    self.assertEqual(keys[line](), role in WHO[who])

    def shows_number(self, answer):
        return NUMBER[-10:] in re.sub(r"[\s-]", "", answer.text)

    def rpc(self, path, **params):
        return self.url_open(path, json={"params": params})

    def kw(self, model, method, *args):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self.rpc(path, model=model, method=method, args=args, kwargs={})

    def post(self, path, **data):
        return self.url_open(path, data={**data, "csrf_token": http.Request.csrf_token(self)}, allow_redirects=False)

    def get(self, path):
        """Tell whether a page or a file comes, neither a refusal nor the way to sign in."""
        return self.url_open(path, allow_redirects=False).status_code == 200
