import json
import logging
import socket
from unittest import TestCase

from werkzeug.datastructures import MultiDict

from ..tools.drivers import Accepted, Later, Receipt, Refused, Text, Unknown
from ..tools.drivers.http import HttpDriver
from ..tools.drivers.http_settings import HttpSettings
from ..tools.errors import GatewayError
from .fake_gateways import Fake

NUMBER, BODY = "+79161234567", "Заказ S00042 готов"
REASONS = {"sms_acc", "sms_credit", "sms_number_format", "sms_server", "sms_not_delivered", "sms_rejected"}
TEXTS = {
    "request": "to={digits}\ntext={body}\nfrom={sender}\nkey={secret}",
    "id_at": "result.id",
    "code_at": "error.code",
    "codes": "1=sms_number_format\n2=sms_acc, stop\n3=later 30\n4=unknown",
    "receipt_id": "id",
    "receipt_status": "status",
    "states": "0=sent\n1=delivered\n20=failed sms_rejected",
}


def settings(**texts):
    return HttpSettings.from_texts(REASONS, REASONS, **{"address": "https://gateway.example", **TEXTS, **texts})


class Recorder(Fake):
    """Takes whatever comes and gives it an id."""

    def answer(self, path, form):
        self.accepted.append(form)
        return 200, {"result": {"id": f"id-{len(self.accepted)}"}}


def take_and_reset(handler, form):
    handler.fake.answer(handler.path, form)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()
    handler.close_connection = True


class TestHttpDriver(TestCase):
    """The driver over real sockets on loopback: nobody's number may be lost to a wrong guess."""

    def setUp(self):
        super().setUp()
        self.fake = Recorder()
        self.url = self.enterContext(self.fake.listening())

    def send(self, *ill, to=NUMBER, body=BODY, sender="", callback="", **texts):
        self.fake.ill.extend(ill)
        driver = HttpDriver(settings(address=f"{self.url}/send", **texts), "shop", "s3cret", sender)
        return driver.send(Text("u" * 32, to, body, callback))

    # ------------------------------------------------------------ what it sends

    def test_a_form_carries_the_text_whatever_stands_in_it(self):
        tricky = "5 & 6 = {secret}\nkey=1 %2B+ «Ваза»"
        self.assertEqual(self.send(body=tricky), Accepted("id-1"))
        self.assertEqual(self.fake.accepted, [{"to": "79161234567", "text": tricky, "key": "s3cret"}])

    def test_json_is_filled_in_its_texts_only(self):
        template = '{"to": ["{to}"], "m": {"text": "{body}", "from": "{sender}"}, "ttl": 60, "cb": "{callback}"}'
        tricky = '", "to": ["+1"], "x": "{login}'
        self.send(body=tricky, sender="IVA", request=template, request_format="json")
        self.assertEqual(self.fake.accepted, [{"to": [NUMBER], "m": {"text": tricky, "from": "IVA"}, "ttl": 60}])

    def test_a_header_carries_the_account_and_no_text(self):
        self.send(headers="Authorization: Basic {basic}\nX-Id: {uuid}")
        [(path, headers, _form)] = self.fake.seen
        self.assertEqual(headers["Authorization"], "Basic c2hvcDpzM2NyZXQ=")
        self.assertEqual((path, headers["X-Id"], headers["Connection"]), ("/send", "u" * 32, "close"))
        for words in ("To: {to}", "To: {body}", "A b: 1", "nothing"):
            with self.assertRaises(GatewayError):
                settings(headers=words)

    def test_a_key_with_a_line_break_sends_nothing(self):
        driver = HttpDriver(settings(address=self.url, headers="Key: {secret}"), "", "a\r\nX: b")
        self.assertEqual(driver.send(Text("u", NUMBER, BODY)), Refused("sms_acc", stops_batch=True))
        self.assertFalse(self.fake.seen)

    # ------------------------------------------------------------ what it takes for what

    def test_each_answer_has_one_meaning(self):
        error = {"error": {"code": 1}}
        for ill, expected in (
            ((200, {"result": {"id": 17}}), Accepted("17")),
            ((200, error), Refused("sms_number_format")),
            ((400, error), Refused("sms_number_format")),
            ((200, {"error": {"code": 2}}), Refused("sms_acc", stops_batch=True)),
            ((200, {"error": {"code": "3"}}), Later(30.0)),
            ((200, {"error": {"code": 4}, "result": {"id": "x"}}), Unknown()),
            ((200, {"error": {"code": 99}, "result": {"id": "x"}}), Unknown()),
            ((200, {"result": {}}), Unknown()),
            ((200, {"result": {"id": True}}), Unknown()),
            ((200, [1]), Unknown()),
            ((201, "<html>Thank you"), Unknown()),
            ((204, ""), Unknown()),
            ((302, ""), Unknown()),
            ((408, ""), Unknown()),
            ((500, error), Unknown()),
            ((503, {"error": {"code": 3}}), Unknown()),
            ((429, ""), Later(60.0)),
            ((401, "no"), Refused("sms_acc", stops_batch=True)),
            ((404, "<html>"), Refused("sms_server")),
        ):
            with self.subTest(ill=ill):
                self.assertEqual(self.send(ill), expected)

    def test_a_star_in_the_table_means_every_other_code(self):
        codes = "1=sms_number_format\n*=sms_server"
        self.assertEqual(self.send((200, {"error": {"code": 77}}), codes=codes), Refused("sms_server"))
        self.assertEqual(self.send(codes=codes), Accepted("id-1"), "no code is none of them")

    def test_a_gateway_says_how_long_to_wait(self):
        for said, seconds in (("7", 7.0), ("999999", 3600.0), ("Wed, 21 Oct", 60.0), ("-1", 60.0)):
            self.assertEqual(self.send(lambda h, f, s=said: h.send(429, "", [("Retry-After", s)])), Later(seconds))

    def test_an_answer_in_plain_text(self):
        plain = {"answer_format": "text", "id_at": r"OK - \d+ SMS, ID - (\d+)", "code_at": r"ERROR = (\d+)"}
        self.assertEqual(self.send((200, "OK - 1 SMS, ID - 412"), **plain), Accepted("412"))
        self.assertEqual(self.send((200, "ERROR = 2 (no)"), **plain), Refused("sms_acc", stops_batch=True))
        self.assertEqual(self.send((200, "Hello"), **plain), Unknown())

    def test_what_may_have_been_accepted_is_unknown(self):
        def silence(handler, form):
            handler.fake.answer(handler.path, form)
            handler.connection.recv(1)  # until the other side gives up

        def drip(handler, form):
            handler.fake.answer(handler.path, form)
            handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            handler.connection.settimeout(0.05)
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _byte in range(1000):
                try:
                    handler.wfile.write(b"x")
                    if not handler.connection.recv(1):
                        return
                except TimeoutError:
                    continue
                except OSError:
                    return

        def flood(handler, form):
            handler.send(200, "x" * 100_000)

        for ill in (take_and_reset, silence, drip, flood):
            with self.subTest(ill.__name__):
                self.assertEqual(self.send(ill, timeout=0.3), Unknown())

    def test_only_what_never_reached_the_gateway_may_go_again(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{closed.getsockname()[1]}"
            driver = HttpDriver(settings(address=address))
            self.assertEqual(driver.send(Text("u", NUMBER, BODY)), Later())

    def test_a_redirect_takes_the_number_nowhere(self):
        def redirect(handler, form):
            handler.send(307, "", [("Location", f"{self.url}/elsewhere")])

        self.assertEqual(self.send(redirect), Unknown())
        self.assertEqual([path for path, _headers, _form in self.fake.seen], ["/send"])

    def test_an_id_that_holds_the_number_is_not_kept(self):
        self.assertEqual(self.send((200, {"result": {"id": "79161234567-1"}})), Unknown())
        self.assertEqual(self.send((200, {"result": {"id": "a b"}})), Unknown())
        self.assertEqual(self.send((200, {"result": {"id": "x" * 65}})), Unknown())

    def test_nothing_of_a_text_is_logged_or_shown(self):
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger().debug("begin")
            outcomes = [self.send(), self.send((500, NUMBER)), self.send((400, {"error": {"code": 1}})), self.send()]
        shown = "".join(logs.output) + repr(outcomes) + repr(HttpDriver(settings(), "shop", "s3cret"))
        for part in ("9161234567", "готов", "s3cret"):
            self.assertNotIn(part, shown)

    # ------------------------------------------------------------ what may be set

    def test_settings_that_cannot_be_meant_are_refused(self):
        for texts in (
            {"address": "http://gateway.example/send"},
            {"address": "ftp://localhost/"},
            {"address": "https://"},
            {"address": "https://user:word@gateway.example/"},
            {"address": "https://gateway.example/?key=1"},
            {"check_address": "http://gateway.example"},
            {"request": "to={phone}"},
            {"request": "to"},
            {"request": "[]", "request_format": "json"},
            {"request": '{"a": "{x}"}', "request_format": "json"},
            {"codes": "1=no_such_reason"},
            {"codes": "1=sms_acc, go"},
            {"codes": "1=later soon"},
            {"states": "1=gone"},
            {"states": "1=sent sms_rejected"},
            {"states": "1=failed no_such_reason"},
            {"answer_format": "text", "id_at": "("},
            {"answer_format": "text", "id_at": "no group", "code_at": ""},
        ):
            with self.subTest(texts=texts), self.assertRaises(GatewayError) as caught:
                settings(**texts)
            self.assertNotIn("{phone}", str(caught.exception))
        settings(address="http://localhost:8080/send")

    # ------------------------------------------------------------ what it reads later

    def test_reports_by_fields_by_lines_and_in_json(self):
        driver = HttpDriver(settings())
        self.assertEqual(driver.parse_receipts(MultiDict({"id": "9", "status": "1"})), [Receipt("9", "delivered")])
        self.assertEqual(
            driver.parse_receipts(MultiDict({"id": "9", "status": "20"})), [Receipt("9", "failed", "sms_rejected")]
        )
        for fields in ({"id": "9", "status": "77"}, {"id": "9"}, {"status": "1"}, {"id": "a b", "status": "1"}, {}):
            self.assertEqual(driver.parse_receipts(MultiDict(fields)), [])
        self.assertEqual(driver.parse_receipts(json.loads('{"id": 9, "status": 0}')), [Receipt("9", "sent")])
        self.assertEqual(driver.parse_receipts([{"id": "1", "status": 1}, 5, {"id": "2"}]), [Receipt("1", "delivered")])
        lines = HttpDriver(settings(receipt_id="data:2", receipt_status="data:3", receipt_only="data:1=sms"))
        report = MultiDict([("data[0]", "sms\n7\n1\n160"), ("data[1]", "call\n8\n1"), ("data[2]", "sms\n9\n0")])
        self.assertEqual(lines.parse_receipts(report), [Receipt("7", "delivered"), Receipt("9", "sent")])
        self.assertEqual(lines.parse_receipts(MultiDict({"data[0]": "sms"})), [])
