"""Guesses written as names and texts, and read beside a customer's number: right and wrong have to look alike."""

from odoo.tests import HttpCase, tagged

from .attack_common import MASK, NUMBER, AttackCommon

WRONG = "+12025550186"


@tagged("post_install", "-at_install")
class TestAttacksByName(AttackCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("attacker", "attacker")

    def kw(self, model, method, *args, **kwargs):
        answer = self.call_kw(model, method, *args, **kwargs)
        self.assertIn("result", answer, str(answer.get("error", {}).get("data", {}).get("message")))
        return answer["result"]

    def assertAlike(self, shown):
        """Both guesses came back as they were written, the number itself as a handle."""
        text = str(shown)
        self.assertIn(self.handle, text, "the number was opened beside them, or this proves nothing")
        self.assertEqual(text.count(NUMBER), text.count(WRONG), "the right guess stands out")
        self.assertTrue(text.count(WRONG))
        self.assertEqual(text.count(self.handle), 1)

    def test_names_of_tags(self):
        tags = [self.kw("res.partner.category", "create", {"name": guess}) for guess in (NUMBER, WRONG)]
        self.kw("res.partner", "write", self.zoe.ids, {"category_id": [[6, 0, tags]]})
        spec = {"phone": {}, "category_id": {"fields": {"name": {}, "display_name": {}}}}
        self.assertAlike(self.kw("res.partner", "web_read", self.zoe.ids, spec))

    def test_names_of_contacts(self):
        guesses = [
            self.kw("res.partner", "create", {"name": guess, "street": guess, "email": guess, "ref": guess})
            for guess in (NUMBER, WRONG)
        ]
        texts = ["name", "display_name", "complete_name", "street", "contact_address_inline", "email", "ref"]
        self.assertAlike(self.kw("res.partner", "read", [*self.zoe.ids, *guesses], ["phone", *texts]))
        children = [
            self.kw("res.partner", "create", {"name": "x", "type": "other", "parent_id": guess}) for guess in guesses
        ]
        names = ["phone", "parent_id", "commercial_company_name", "parent_name"]
        self.assertAlike(self.kw("res.partner", "read", [*self.zoe.ids, *children], names))

    def test_names_of_the_orders_contact(self):
        guesses = [self.kw("res.partner", "create", {"name": guess}) for guess in (NUMBER, WRONG)]
        orders = [self.kw("sale.order", "create", {"partner_id": guess, "client_order_ref": "x"}) for guess in guesses]
        spec = {"client_order_ref": {}, "partner_id": {"fields": {"display_name": {}, "phone": {}}}}
        self.assertAlike(self.kw("sale.order", "web_read", [*self.order.ids, *orders], spec))

    def test_texts_that_somebody_composes(self):
        shown = []
        for body in (f"Call {NUMBER} today", f"Call {WRONG} today"):
            values = {"res_model": "res.partner", "res_id": self.zoe.id, "body": body}
            composer = self.kw("sms.composer", "create", values)
            spec = {"body": {}, "recipient_single_number_itf": {}, "recipient_single_number": {}}
            [row] = self.kw("sms.composer", "web_read", [composer], spec)
            self.assertIn(MASK, str(row), "the number was opened beside it, or this proves nothing")
            shown.append(row["body"])
        self.assertEqual(shown, [f"Call {NUMBER} today", f"Call {WRONG} today"])

    def test_texts_that_somebody_renders_after_a_number_was_opened(self):
        render = self.env["sms.template"]._render_template
        body = f"Call {NUMBER} or {WRONG}"
        rendered = render(body + "{{ object.phone and '' }}", "res.partner", self.zoe.ids)[self.zoe.id]
        self.assertEqual(rendered, body)

    def test_texts_that_somebody_has_rendered(self):
        self.zoe.message_ids.unlink()
        body = f"Call {NUMBER} or {WRONG}"
        values = {
            "res_model": "res.partner",
            "res_ids": str(self.zoe.ids),
            "composition_mode": "mass",
            "mass_keep_log": True,
            "body": body,
        }
        self.kw("sms.composer", "action_send_sms", [self.kw("sms.composer", "create", values)])
        self.env.invalidate_all()
        self.assertIn(body, str(self.zoe.message_ids[0].body))

    def test_values_given_for_a_copy(self):
        self.assertTrue(self.zoe.phone)  # opened in the same transaction
        for guess in (NUMBER, WRONG):
            [values] = self.seen.copy_data({"phone": guess})
            self.assertEqual(values["phone"], guess)
        self.assertHandle(self.seen.copy_data())


@tagged("post_install", "-at_install")
class TestMasksOfCopies(AttackCommon):
    """What the server copies from a number is still masked where it cannot be told from a number."""

    def test_names_made_of_a_number(self):
        sms = self.env["sms.sms"].create({"number": NUMBER, "body": "x"})
        blocked = self.env["phone.blacklist"].create({"number": NUMBER})
        self.forget()
        self.assertHandle((sms.read(["display_name"]), sms.sudo().read(["number"])))
        self.forget()
        self.assertHandle(blocked.read(["display_name"]))

    def test_names_made_of_a_number_go_nowhere_else(self):
        """Lists to choose from, groups and activities take the name itself, and do not go by `read`."""
        blocked = self.env["phone.blacklist"].create({"number": NUMBER})
        self.env["sms.sms"].create({"number": NUMBER, "body": "x"})
        activity = self.env["mail.activity"].create(
            {"res_model_id": self.env["ir.model"]._get_id("phone.blacklist"), "res_id": blocked.id, "summary": "x"}
        )
        for model in ("phone.blacklist", "sms.sms"):
            records = self.env[model]
            for ask in (
                lambda records=records: records.name_search(NUMBER),
                lambda records=records: records.web_name_search(NUMBER, {"display_name": {}}),
                lambda records=records: records.search([("number", "=", NUMBER)]).mapped("display_name"),
                lambda records=records: records.search([("number", "=", NUMBER)]).web_read({"display_name": {}}),
            ):
                self.forget()
                self.assertHandle(ask())
        self.assertHandle(activity.res_name)
        self.env.flush_all()
        self.env.cr.execute("SELECT res_name FROM mail_activity WHERE id = %s", [activity.id])
        self.assertMasked(self.env.cr.fetchone())

    def test_a_name_made_of_a_number_that_is_typed_has_no_code(self):
        typed = self.env["phone.blacklist"].new({"number": NUMBER})
        self.assertEqual(typed.display_name, MASK)
        self.assertFalse(self.env["phone.blacklist"].new({"number": False}).display_name)

    def test_what_is_computed_from_a_number(self):
        copying = self.env["phone.vault"]._copying_fields("website.visitor")
        self.assertIn("mobile", copying)
        self.assertEqual(self.env["phone.vault"]._copying_fields("res.partner.category"), frozenset())
