"""Forms that are being filled in: a guess typed there is shown back, and never with a code to compare."""

import re
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .attack_common import NUMBER, AttackCommon

WRONG = "+12025550188"


def lines(*guesses, ref="v", **values):
    return [[0, f"{ref}{number}", {"phone": guess, "name": "x", **values}] for number, guess in enumerate(guesses)]


@tagged("post_install", "-at_install")
class TestAttacksByOnchange(AttackCommon):
    def setUp(self):
        super().setUp()
        self.code = self.handle.split("#")[1]
        self.spec = {"phone": {}, "phone_sanitized": {}, "name": {}}

    def onchange(self, model, values, names, spec, ids=()):
        self.forget()
        return self.env[model].with_user(self.staff).browse(ids).onchange(values, names, spec)["value"]

    def test_guesses_on_new_lines_have_no_code(self):
        for model, fname in (
            ("discuss.channel", "channel_partner_ids"),
            ("sale.order", "message_partner_ids"),
            ("res.partner", "child_ids"),
        ):
            for names in ([], [fname]):
                with self.subTest(model, names=names):
                    spec = {fname: {"fields": self.spec}, "display_name": {}}
                    answer = self.onchange(model, {fname: lines(NUMBER, WRONG)}, names, spec)
                    self.assertNotIn("#", str(answer))

    def test_no_context_of_a_line_brings_the_code_back(self):
        context = {"consent_notify_typed": False, "default_phone": NUMBER}
        spec = {"child_ids": {"fields": self.spec, "context": context}, "category_id": {}}
        values = {"child_ids": lines(NUMBER), "parent_id": self.zoe.id}
        spec["parent_id"] = {"fields": {"phone": {}}}  # her number is open in this very call
        for names in ([], ["child_ids"]):
            answer = self.onchange("res.partner", values, names, spec)
            self.assertNotIn("#", str(answer.get("child_ids")))
        self.Partner = self.Partner.with_context(default_phone=NUMBER)
        answer = self.Partner.onchange({"parent_id": self.zoe.id}, [], spec | self.spec)["value"]
        self.assertNotIn("#", str({**answer, "parent_id": None}))

    def test_guesses_on_other_relations_have_no_code(self):
        message = [0, "m", {"body": "x", "notification_ids": [[0, "n", {"sms_number": NUMBER}]]}]
        inner = {"fields": {"notification_ids": {"fields": {"sms_number": {}}}}}
        self.assertNotIn("#", str(self.onchange("sale.order", {"message_ids": [message]}, [], {"message_ids": inner})))
        customer = {"partner_id": {"phone": NUMBER, "name": "x"}}
        answer = self.onchange("sale.order", customer, ["partner_id"], {"partner_id": {"fields": self.spec}})
        self.assertNotIn("#", str(answer))

    def shapes(self, make):
        """Return what `make(guess)` answers to a right and a wrong guess, without the guesses themselves."""
        return [re.sub(r"018[78]", "…", re.sub("[ -]", "", str(make(guess)))) for guess in (NUMBER, WRONG)]

    def test_a_form_does_not_tell_whether_a_guess_is_right(self):
        ids = self.zoe.ids
        followers = {"channel_partner_ids": {"fields": self.spec}}
        for name, make in {
            "typed": lambda guess: self.onchange("res.partner", {"phone": guess}, ["phone"], self.spec, ids),
            "sent along": lambda guess: self.onchange(
                "res.partner", {"phone": guess, "name": "Y"}, ["name"], self.spec, ids
            ),
            "all at once": lambda guess: self.onchange("res.partner", {"phone": guess}, [], self.spec, ids),
            "linked line": lambda guess: self.onchange(
                "discuss.channel", {"channel_partner_ids": [[4, ids[0]], [1, ids[0], {"phone": guess}]]}, [], followers
            ),
            "line of a field": lambda guess: self.onchange(
                "sale.order",
                {"partner_id": {"id": self.zoe.id, "phone": guess}},
                ["partner_id"],
                {"partner_id": {"fields": self.spec}},
            ),
            "unchanged line": lambda guess: self.onchange(
                "sale.order",
                {"origin": "x", "message_partner_ids": [[4, self.zoe.id], *lines(guess)]},
                [],
                {"message_partner_ids": {"fields": self.spec}, "origin": {}},
            ),
        }.items():
            with self.subTest(name):
                right, wrong = self.shapes(make)
                self.assertEqual(right, wrong)

    def test_a_number_from_another_record_is_saved_as_it_is_shown(self):
        def copying(record):
            record.phone = record.parent_id.phone

        self.startPatcher(patch.dict(self.Partner._onchange_methods, {"parent_id": [copying]}))
        spec = {"phone": {}, "parent_id": {}, "name": {}}
        for ids in ([], self.Partner.create({"name": "Child"}).ids):
            for typed in (False, WRONG):
                with self.subTest(ids=ids, typed=typed):
                    values = {"name": "Child", "parent_id": self.zoe.id, "phone": typed}
                    values["phone"] = self.onchange("res.partner", values, ["parent_id"], spec, ids)["phone"]
                    self.assertHandle(values["phone"])
                    self.forget()
                    saved = self.Partner.browse(ids) or self.Partner.create(values)
                    saved.write({"phone": values["phone"]})
                    self.assertEqual(saved.sudo().phone, NUMBER)

    def test_what_was_typed_comes_back_as_typed_in_its_row(self):
        spec = {"child_ids": {"fields": self.spec}}
        [[_create, _ref, line]] = self.onchange("res.partner", {"child_ids": lines(WRONG)}, [], spec)["child_ids"]
        self.assertEqual(line["phone"], WRONG)
        answer = self.onchange("res.partner", {"phone": WRONG}, [], self.spec)
        self.assertEqual(answer["phone"], "+1 202-555-0188")
        self.assertNotIn("#", str(answer))


@tagged("post_install", "-at_install")
class TestAttacksByTyping(AttackCommon, HttpCase):
    """Each number that staff type in leaves a row, and there are only so many an hour."""

    def setUp(self):
        super().setUp()
        self.authenticate("attacker", "attacker")

    def kw(self, method, *args, model="res.partner", **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.url_open("/web/dataset/call_kw", json={"params": params}).json()
        return answer.get("result", str(answer.get("error")))

    def rows(self, *doors):
        self.env.invalidate_all()
        return self.env["phone.access"].search([("door", "in", doors), ("user_id", "=", self.staff.id)])

    def limit(self, count):
        self.env["ir.config_parameter"].set_param("consent_notify.numbers_typed_an_hour", count)

    def guesses(self, count):
        return [{"name": "x", "phone": f"+1202555{number:04}"} for number in range(100, 100 + count)]

    def test_contacts_are_made_for_few_guesses(self):
        self.assertEqual(len(self.kw("create", self.guesses(7))), 7)
        self.assertEqual(self.rows("typed").mapped("count"), [7])
        self.limit(9)
        self.assertIn("typed in many", self.kw("create", self.guesses(10)[7:]))
        self.assertEqual(len(self.kw("create", self.guesses(9)[7:])), 2)
        self.assertIn("typed in many", self.kw("write", self.zoe.ids, {"phone": "(202) 555-0111"}))
        self.assertIn("typed in many", self.kw("web_save", [], {"name": "x", "phone": "202.555.0112"}, {"id": {}}))

    def test_one_number_counts_once_however_often_a_form_sends_it(self):
        spec = {"phone": {}, "name": {}}
        for name in ("A", "B"):
            self.kw("onchange", [], {"name": name, "phone": WRONG}, ["name"], spec)
        self.kw("create", {"name": "C", "phone": WRONG})
        self.assertEqual(self.rows("typed", "look_up").mapped("count"), [1])

    def test_guesses_on_lines_are_counted(self):
        self.limit(5)
        values = {"channel_partner_ids": lines(*(row["phone"] for row in self.guesses(6)))}
        spec = {"channel_partner_ids": {"fields": {"phone": {}}}}
        self.assertIn("typed in many", self.kw("onchange", [], values, [], spec, model="discuss.channel"))

    def test_a_guess_on_a_saved_record_is_a_look_up(self):
        self.kw("onchange", self.zoe.ids, {"phone": WRONG}, ["phone"], {"phone": {}})
        self.assertEqual(self.rows("look_up").mapped("count"), [1])
        spec = {"channel_partner_ids": {"fields": {"phone": {}}}}
        for guess in self.guesses(2):
            values = {"channel_partner_ids": [[4, self.zoe.id], [1, self.zoe.id, {"phone": guess["phone"]}]]}
            self.kw("onchange", [], values, [], spec, model="discuss.channel")
        self.assertEqual(self.rows("look_up").mapped("count"), [1, 1, 1])

    def test_imports_have_a_limit_of_their_own_and_leave_a_row(self):
        self.limit(2)
        data = [[row["name"], row["phone"]] for row in self.guesses(9)]
        self.assertEqual(len(self.kw("load", ["name", "phone"], data[:6])["ids"]), 6)
        self.assertEqual(self.rows("import").mapped("count"), [6])
        self.assertFalse(self.rows("typed"))
        self.env["ir.config_parameter"].set_param("consent_notify.numbers_imported_an_hour", 8)
        before = self.env["res.partner"].search_count([])
        self.assertIn("imported many", self.kw("load", ["name", "phone"], data))
        self.assertEqual(self.env["res.partner"].search_count([]), before, "nothing is left to read codes from")
        self.staff.group_ids += self.env.ref("consent_notify.group_manager")
        self.env.flush_all()
        self.assertEqual(len(self.kw("load", ["name", "phone"], data)["ids"]), 9)

    def test_what_the_server_copies_is_not_typed(self):
        self.kw("copy", self.zoe.ids)
        self.kw("create", {"name": "x", "phone": self.handle})
        self.assertFalse(self.rows("typed"))


@tagged("post_install", "-at_install")
class TestAttacksByTypingElsewhere(AttackCommon):
    def test_jobs_and_code_are_free(self):
        with self.assertRaises(UserError):
            self.Partner.create({"name": "x", "phone": "+1 ••• ••• 01 87"})
        self.Partner.create([{"name": "x", "phone": f"+120255501{number}"} for number in range(10, 20)])
        self.assertFalse(self.env["phone.access"].search([("door", "=", "typed")]))
