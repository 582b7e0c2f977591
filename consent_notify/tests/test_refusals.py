"""What a refusal tells: to the browser and to Odoo's log. Never the number it refused."""

import logging

import psycopg2

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..tools import redact

NUMBER, DIGITS = "+12025550187", "5550187"


@tagged("post_install", "-at_install")
class TestRefusals(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Zoe", "phone": NUMBER})
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.lines = []
        handler = logging.Handler()
        handler.emit = lambda record: self.lines.append(logging.Formatter().format(record))
        handler.addFilter(redact.Redactor())
        # In place of the handlers that print: they would show the test's refusals as the run's own.
        root = logging.getLogger()
        handlers, root.handlers = root.handlers, [handler]
        self.addCleanup(setattr, root, "handlers", handlers)
        for logger in (root, logging.getLogger("odoo"), logging.getLogger("werkzeug")):
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.INFO)

    def refused(self, action):
        """Run `action` as a request would; return what the browser is sent."""
        try:
            with self.env.cr.savepoint(flush=False):
                action()
        except psycopg2.Error as error:
            return http.serialize_exception(error)
        except (UserError, ValidationError) as error:
            return http.serialize_exception(error)
        self.fail("nothing was refused")

    def assertSilent(self, told):
        self.assertNotIn(DIGITS, str(told).replace("-", "").replace(" ", ""))
        self.assertNotIn(DIGITS, "\n".join(self.lines).replace("-", "").replace(" ", ""))

    def test_plain_text_in_a_sealed_column(self):
        for spelling in (NUMBER, "(202) 555-0187", "202-555-0187"):
            told = self.refused(
                lambda spelling=spelling: self.env.cr.execute(
                    "UPDATE res_partner SET phone = %s WHERE id = %s", [spelling, self.partner.id]
                )
            )
            self.assertIn("psycopg2", told["name"])
            self.assertSilent(told)
        self.assertTrue(self.lines, "the server logs failed statements")

    def test_a_row_that_lacks_something_else(self):
        told = self.refused(
            lambda: self.env.cr.execute("INSERT INTO phone_blacklist (number, active) VALUES (%s, 'maybe')", [NUMBER])
        )
        self.assertSilent(told)

    def test_a_number_twice_in_a_list_of_unique_ones(self):
        self.env["phone.blacklist"].create({"number": NUMBER})
        self.env.flush_all()
        self.env.cr.execute("SELECT number FROM phone_blacklist WHERE number IS NOT NULL LIMIT 1")
        [token] = self.env.cr.fetchone()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute("INSERT INTO phone_blacklist (number) VALUES (%s)", [token])
        except psycopg2.errors.UniqueViolation as error:
            message = self.env["phone.blacklist"]._sql_error_to_message(error)
        self.assertEqual(message, "This phone number is in the list already.")

    def test_the_message_of_a_lost_race_with_erasure(self):
        self.env.cr.execute("SELECT phone FROM res_partner WHERE id = %s", [self.partner.id])
        [token] = self.env.cr.fetchone()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute("DELETE FROM phone_vault WHERE token = %s", [token])
        except psycopg2.errors.ForeignKeyViolation as error:
            message = self.env["res.partner"]._sql_error_to_message(error)
        self.assertIn("try again", message)
        self.assertNotIn("pn_", message)

    def test_a_handle_or_mask_that_points_nowhere(self):
        for text in ("+1 ••• ••• 01 87", "+1 ••• ••• 01 87 #0000000000"):
            self.assertSilent(self.refused(lambda text=text: self.partner.write({"phone": text})))

    def test_a_number_that_is_none(self):
        told = self.refused(lambda: self.env["phone.blacklist"].create({"number": "+1202555018712345678"}))
        logging.getLogger("odoo.http").warning("%s", told["message"])
        self.assertSilent("")
        self.assertTrue(self.lines)

    def test_query_strings(self):
        logging.getLogger("werkzeug").info('127.0.0.1 "GET /shop?phone=%%2B12025550187&x=1 HTTP/1.1" 200')
        logging.getLogger("werkzeug").info("GET /web?search=%s", "+1%20202%20555%200187")
        self.assertEqual(len(self.lines), 2)
        self.assertSilent("")
