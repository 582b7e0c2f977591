"""Who may use which address: every role at every route of ours, against sentences.

A route that nobody wrote a sentence for makes this fail.
"""

import base64
from urllib.parse import urlsplit

from odoo.http import _generate_routing_rules
from odoo.tests import tagged

from .matrix_common import MatrixOverHttp
from .test_consent_import import HEAD
from .test_matrix import sentences
from .test_matrix_doors import DOORS

# “as the door …”: walked there. Who has the address that was sent to them, or signs, needs no role: without it, nobody.
ROUTES = """
    POST /consent_notify/number: as the door show
    POST /consent_notify/call: as the door call with the customer's yes
    POST /consent_notify/export: as the door export
    POST /consent_notify/recovery_kit: as the door recovery kit
    GET /consent_notify/evidence/<int:wizard_id>: as the door take evidence away
    GET /consent_notify/receipt/<int:partner_id>: officers
    GET /consent_notify/receipt/<int:partner_id>.json: officers
    GET /consent_notify/import/template.csv: whoever is signed in
    GET /consent_notify/import/<int:import_id>/refused.csv: managers
    GET /my/privacy: whoever is signed in
    POST /my/privacy/answer: whoever is signed in
    POST /my/privacy/hours: whoever is signed in
    GET /my/privacy/data.json: whoever is signed in
    GET /my/privacy/erase: whoever is signed in
    POST /my/privacy/erase: whoever is signed in
    GET /my/privacy/receipt: whoever is signed in
    GET /my/privacy/receipt.json: whoever is signed in
    POST /my/number/code: everybody
    POST /shop/consent: everybody
    GET /shop/consent_words: everybody
    POST /shop/delivery_phone: everybody
    any /consent/document/<int:notice_id>/<string:sha>: nobody without its address
    GET /consent/answer/<int:partner_id>/<int:company_id>/<string:until>/<string:signature>: nobody without its address
    POST /consent/answer/<int:partner_id>/<int:company_id>/<string:until>/<string:signature>: nobody without its address
    GET /u/<string:code>: nobody without its address
    POST /u/<string:code>: nobody without its address
    POST /consent_notify/sms/gateway/<int:gateway_id>/<string:token>: nobody without its address
    POST /consent_notify/sms/inbound/<string:token>: nobody without a signature
    POST /consent_notify/sms/status/<string:token>: nobody without a signature
"""
OURS = "odoo.addons.consent_notify"
# What may be said of a route in place of a role, and the role that is walked then.
WITHOUT = {"nobody without its address": "nobody", "nobody without a signature": "nobody"}
EXAMPLES = {
    "<int:notice_id>/<string:sha>": "1/" + "0" * 64,
    "<int:company_id>/<string:until>/<string:signature>": "1/ffffffff/" + "0" * 48,
    "<int:gateway_id>/<string:token>": "1/" + "0" * 48,
    "<string:code>": "AAAAAAAAAAA",
    "<string:token>": "0" * 48,
}


def routes_of(registry):
    """Return ({"METHOD path": merged routing}, [what our class says of a route of the core that it goes on with])."""
    made, continued = {}, []
    for path, endpoint in _generate_routing_rules(sorted(registry._init_modules), nodb_only=False):
        classes = [cls for cls in type(endpoint.func.__self__).mro() if endpoint.__name__ in cls.__dict__]
        ours = [cls for cls in classes if cls.__module__.startswith(OURS)]
        if ours and classes[-1] in ours:
            for method in endpoint.routing["methods"] or ["any"]:
                made[f"{method} {path}"] = endpoint.routing
        else:
            continued += [getattr(cls, endpoint.__name__).original_routing for cls in ours]
    return made, continued


@tagged("post_install", "-at_install")
class TestMatrixOfRoutes(MatrixOverHttp):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")
        bad = f"{HEAD}\n,nobody@example.com,,,order_sms,yes,2024-11-30,Folder 3,May we?"
        cls.file = {"file": base64.b64encode(bad.encode()).decode()}
        cls.others = cls.env["consent.import"].create(cls.file)

    def test_no_route_is_without_a_sentence(self):
        made, continued = routes_of(self.registry)
        self.assertEqual(set(made), set(sentences(ROUTES)))
        for route, who in sentences(ROUTES).items():
            with self.subTest(route):
                if who.startswith("as the door "):
                    self.assertIn(who.removeprefix("as the door "), sentences(DOORS))
                    self.assertEqual(made[route]["auth"], "user")
                else:
                    is_public = who in WITHOUT or who == "everybody"
                    self.assertEqual(made[route]["auth"], "public" if is_public else "user")
        self.assertTrue(continued)
        for routing in continued:
            self.assertFalse(
                routing.get("routes") or {"auth", "methods", "csrf"} & set(routing), "the core's own terms"
            )

    def test_every_role_at_every_route(self):
        lines = {
            route: WITHOUT.get(who, who)
            for route, who in sentences(ROUTES).items()
            if not who.startswith("as the door ")
        }
        keys = {route: self.key(*route.split(" ", 1)) for route in lines}
        keys["GET /consent_notify/import/<int:import_id>/refused.csv"] = self.refused
        self.each_role(keys, lines)

    def test_nobody_gets_the_refused_rows_of_anothers_import(self):
        lines = {f"/consent_notify/import/{self.others.id}/refused.csv": "nobody"}
        self.each_role({path: lambda path=path: self.get(path) for path in lines}, lines)

    def key(self, method, path):
        """Return a function that tells whether whoever is signed in may use this route."""
        for part, example in EXAMPLES.items():
            path = path.replace(part, example)
        path = path.replace("<int:partner_id>", str(self.anna.id))
        self.assertNotIn("<", path.replace("<int:import_id>", ""))
        return (lambda: self.posts(path)) if method == "POST" else (lambda: self.get(path))

    def posts(self, path):
        answer = self.post(path)
        told = urlsplit(answer.headers.get("Location", "")).path
        return answer.status_code in (200, 303) and told != "/web/login"

    def refused(self):
        """Fetch the refused rows of one's own import, or of another's if one cannot make any."""
        made = self.kw("consent.import", "create", self.file).json().get("result")
        return self.get(f"/consent_notify/import/{made or self.others.id}/refused.csv")
