import io
import logging

from psycopg2 import Error

from odoo.tests import BaseCase, TransactionCase, tagged

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
