import io
import logging

from psycopg2 import Error

from odoo.exceptions import UserError
from odoo.tests import BaseCase, TransactionCase, tagged

from odoo.addons.phone_validation.tools.phone_validation import phone_format

from ..tools import redact


def heard(logger, speak):
    """Return what a redacted handler of `logger` writes while `speak` runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(redact.Redactor())
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        speak()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
    return stream.getvalue()


def refuse(logger, words, as_text, traced):
    """Log a refusal: the core's own, or one with these `words`, itself or its text, with its traceback or without."""
    try:
        try:
            phone_format("202-555-0143", "", None)
        except UserError as refusal:
            assert "555-0143" in str(refusal), "or this proves nothing"
            raise refusal if words is None else UserError(words) from None
    except UserError as refusal:
        logger.error(str(refusal) if as_text else refusal, exc_info=traced)


@tagged("post_install", "-at_install")
class TestRedact(BaseCase):
    def test_numbers_and_codes_of_links_are_replaced(self):
        for line in ("call +7 916 123-45-67 now", "tel:+79161234567", "GET /x?q=%2B79161234567"):
            self.assertNotRegex(redact.redact(line), r"4567|45-67")
        for line in (
            '"GET /u/Ab3dE5fG7hK HTTP/1.1" 200',
            "see atelier-iva.ru/u/Ab3dE5fG7hK?x=1",
            "GET /u/%41b3dE5fG7hK HTTP/1.1",
        ):
            self.assertNotIn("3dE5fG7hK", redact.redact(line))
            self.assertIn("/u/[code]", redact.redact(line))

    def test_request_lines_keep_neither_what_was_asked_nor_numbers_in_the_path(self):
        for line in (
            '"GET /shop/2025550143 HTTP/1.1" 200 -',
            '"GET /shop/202-555-0143 HTTP/1.1" 200 -',
            '"GET /shop/(202)%20555-0143/x HTTP/1.1" 200 -',
            '"GET /my/orders?tel=2025550143 HTTP/1.1" 200 -',
            "GET /shop?phone_number=202-555-0143&x=(202)555-0143 HTTP/1.1",
            "GET /web/partner/vcard?partner_ids=(202)%20555-0143 HTTP/1.1",
            "POST /shop?2025550143 HTTP/1.1",
            "Login failed for login:(202) 555-0143 from 127.0.0.1",
            "Login failed for login:2025550143 from 127.0.0.1",
        ):
            self.assertNotRegex(redact.redact(line), r"555-?0143", line)
        line = '"GET /shop?search=vase&page=2 HTTP/1.1" 200 - 12 0.003 0.010'
        self.assertEqual(
            redact.redact(line), '"GET /shop?search=[removed]&page=[removed] HTTP/1.1" 200 - 12 0.003 0.010'
        )

    def test_ordinary_lines_stay_as_they_are(self):
        for line in (
            '127.0.0.1 - - [24/Nov/2026 11:04:50] "POST /web/dataset/call_kw/res.partner/read HTTP/1.1" 200 - 31',
            '"GET /web/assets/1/a1b2c3d/web.assets_web.min.js HTTP/1.1" 200 - 3 0.004 0.009',
            '"GET /my/orders/123456 HTTP/1.1" 200 -',
            "2026-11-24 11:04:50,123 1 INFO demo odoo.modules.loading: 73 modules loaded in 10.52s, 16231 queries",
            "Login failed for login:anna@example.com from 127.0.0.1",
            "Deleted 1234567 rows of 12345678901 bytes",
        ):
            self.assertEqual(redact.redact(line), line)
        trace = "TypeError in line 1700, at 1764000000.123 seconds, object at 0x7f1234567890, sale.order(1234567,)"
        self.assertEqual(redact.redact_exception(trace), trace)

    def test_a_refusal_loses_what_it_repeats_in_whatever_language(self):
        """The core logs refusals as they are: "Unable to parse 202-555-0143"."""
        logger = logging.getLogger("odoo.http.test_redact")

        for words in (None, "Невозможно разобрать (202) 555-0143: ?", "Невозможное число 2025550143: мало цифр"):
            for as_text, traced in ((False, False), (False, True), (True, False), (True, True)):
                text = heard(logger, lambda: refuse(logger, words, as_text, traced))  # noqa: B023
                self.assertIn("[number]", text)
                self.assertNotRegex(text, r"555\W?0143")
        text = heard(
            logger, lambda: refuse(logger, "Телефон 8 (916) 123-45-67 не подходит, как и 2 других", False, True)
        )
        self.assertNotIn("123-45-67", text)
        self.assertIn("как и 2 других", text)
        line = "Password reset attempt for <202-555-0143> by user <2025550143> from 127.0.0.1"
        self.assertNotRegex(redact.redact(line), r"555\W?0143")

    def test_a_traceback_loses_bare_figures_that_could_be_numbers(self):
        for text in ("TypeError: ('phone', '=ilike', 12025550164.0)", "KeyError: 2025550164", "{'x': 12025550164}"):
            self.assertNotIn("5550164", redact.redact_exception(text))

    def test_a_traceback_loses_them_too(self):
        logger = logging.getLogger("odoo.addons.consent_notify.test_redact")

        def speak():
            try:
                raise ValueError("no number: +7 916 123-45-67")
            except ValueError:
                logger.exception("failed for %s", "+79161234567")

        text = heard(logger, speak)
        self.assertIn("ValueError", text)
        self.assertNotRegex(text, r"4567|45-67")


@tagged("post_install", "-at_install")
class TestRedactSql(TransactionCase):
    def test_a_failed_statement_loses_its_values_however_python_quotes_it(self):
        def speak(query):
            with self.assertRaises(Error), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, ["8 (916) 123-45-67", "it's 8 916 123-45-67"])

        for query in ("SELECT nothing WHERE %s = %s", 'SELECT "nothing" WHERE %s = %s'):
            text = heard(logging.getLogger("odoo.sql_db"), lambda query=query: speak(query))
            self.assertIn("nothing", text, "the statement itself helps whoever reads the log")
            self.assertNotIn("123-45-67", text)
