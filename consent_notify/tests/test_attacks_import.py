"""Guesses in a file, of which something fails on the way: what was undone is counted all the same."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.service.server import thread_local
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..tools import vault
from .attack_common import AttackCommon

# What the web client sends: a country that is not there is made, or else left empty.
OPTIONS = {
    **{"quoting": '"', "separator": ",", "has_headers": False},
    **{"name_create_enabled_fields": {"country_id": True}, "import_set_empty_fields": ["country_id"]},
}
COLUMNS = ["name", "phone", "country_id"]


@tagged("post_install", "-at_install")
class TestAttacksByImport(AttackCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("attacker", "attacker")
        self.guesses = [f"+1202555{number:04}" for number in range(100, 109)]

    def kw(self, model, method, *args, **kwargs):
        answer = self.call_kw(model, method, *args, **kwargs)
        return answer.get("result", str(answer.get("error")))

    def rows(self, *doors):
        self.env.invalidate_all()
        return self.env["phone.access"].search([("door", "in", doors), ("user_id", "=", self.staff.id)])

    def bring(self, numbers):
        lines = [f"x,{number},{'Nosuch' if number == numbers[0] else ''}" for number in numbers]
        values = {"res_model": "res.partner", "file_type": "text/csv", "file_name": "guesses.csv"}
        wizard = self.env["base_import.import"].with_user(self.staff).create(values)
        wizard.file = "\n".join(lines).encode()
        self.env.flush_all()
        return self.kw("base_import.import", "execute_import", wizard.ids, COLUMNS, COLUMNS, OPTIONS)

    def test_a_row_that_fails_on_the_way_hides_none_of_the_others(self):
        """The core takes its savepoint back when an employee may not make the country, and goes on."""
        self.assertEqual(len(self.bring(self.guesses)["ids"]), 9)
        self.assertEqual(self.rows("import").mapped("count"), [9])
        self.assertFalse(self.rows("typed"))
        self.env["ir.config_parameter"].set_param("consent_notify.numbers_imported_an_hour", 17)
        before = self.env["res.partner"].search_count([])
        self.assertIn("imported many", str(self.bring(self.guesses)))
        self.assertEqual(self.env["res.partner"].search_count([]), before, "nothing is left to read codes from")

    def test_a_number_that_another_transaction_seals_has_the_import_tried_again(self):
        insert_rows = vault.insert_rows

        def meet_once(cr, rows):
            met.append(len(rows))
            if len(met) == 1:
                cr.execute("DO $$ BEGIN RAISE EXCEPTION 'concurrent update' USING ERRCODE = '40001'; END $$")
            insert_rows(cr, rows)

        met = []
        with (
            patch.object(vault, "insert_rows", meet_once),
            patch("odoo.service.model.time"),  # the core waits for a while
            mute_logger("odoo.sql_db"),
        ):
            answer = self.bring(self.guesses)
        self.assertEqual(met, [9, 9], "all at once again, none row by row")
        self.assertEqual(len(answer["ids"]), 9)
        self.assertEqual(self.rows("import").mapped("count"), [9], "not once for each try")

    def test_a_savepoint_that_is_taken_back_is_no_new_call(self):
        with patch.object(thread_local, "rpc_model_method", "res.partner.search", create=True):
            self.Partner.search([("phone_sanitized", "in", self.guesses[:3])])
            with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                _never = 1 / 0
            with self.assertRaisesRegex(UserError, "at once"):
                self.Partner.search([("phone_sanitized", "in", self.guesses[3:6])])
            self.Partner.search([("phone_sanitized", "in", self.guesses[:3])])
        self.assertEqual(self.rows("look_up").mapped("count"), [3])
