"""What staff do for a customer whose yes waits for the code: send one, and type what is read out."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..models import consent_code
from ..models.consent_code_check import DOOR, TRIES
from ..models.consent_link_try import WRONG_TRIES
from .consent_common import OTHER
from .test_consent_code import CodeCommon


@tagged("post_install", "-at_install")
class TestConsentConfirm(CodeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = new_test_user(
            cls.env, "confirm_clerk", "sales_team.group_sale_salesman_all_leads,base.group_partner_manager"
        )

    def open(self, user=None):
        action = self.anna.with_user(user or self.staff).action_consent_confirm()
        return self.env["consent.confirm"].with_user(user or self.staff).browse(action["res_id"])

    def confirm(self, dialog, code, place="telephone"):
        dialog.write({"code": code, "place": place})
        return dialog.action_confirm()

    def waits(self):
        self.env.invalidate_all()
        return self.anna.with_user(self.staff).consent_to_confirm

    def test_an_imported_yes_is_confirmed_by_what_the_customer_reads_out(self):
        self.assertFalse(self.waits())
        self.say_yes(source="import")
        self.assertTrue(self.waits())
        dialog = self.open()
        dialog.action_send()
        self.assertEqual(dialog.outcome, "sent")
        [code] = self.arrived()
        self.assertEqual(self.confirm(dialog, code)["type"], "ir.actions.act_window_close")
        self.assertIsNone(self.verdict(self.anna))
        self.assertFalse(self.waits())
        event = self.env["consent.event"].search([("kind", "=", "confirmed")])
        self.assertEqual((event.purpose_id, event.source), (self.order_sms, "telephone"))
        self.assertEqual(event.actor, f"user:{self.staff.id}")
        self.assertFalse(dialog.code)

    def test_a_yes_at_the_counter_brings_its_code(self):
        self.say_yes(source="counter")
        [code] = self.arrived()
        self.confirm(self.open(), code, "counter")
        self.assertIsNone(self.verdict(self.anna))

    def test_after_asking_in_person_the_code_is_what_comes_next(self):
        asked = {}
        for place, word in (("counter", "refused"), ("telephone", "granted")):
            action = self.anna.with_user(self.staff).action_consent_ask()
            ask = self.env["consent.ask"].with_user(self.staff).browse(action["res_id"])
            ask.place = place
            ask.line_ids.answer = word
            asked[word] = ask.action_record()
        self.assertEqual(asked["refused"]["type"], "ir.actions.act_window_close")
        self.assertEqual(asked["granted"]["res_model"], "consent.confirm")
        dialog = self.env["consent.confirm"].with_user(self.staff).browse(asked["granted"]["res_id"])
        self.assertEqual((dialog.place, dialog.partner_id, dialog.outcome), ("telephone", self.anna, "sent"))
        dialog.code = self.arrived()[0]
        dialog.action_confirm()
        self.assertIsNone(self.verdict(self.anna))

    def test_wrong_codes_count(self):
        self.say_yes(source="paper")
        [code] = self.arrived()
        dialog = self.open()
        for _time in range(TRIES):
            again = self.confirm(dialog, self.wrong(code))
            self.assertEqual((again["res_id"], dialog.outcome, dialog.code), (dialog.id, "wrong", False))
        self.confirm(dialog, code)
        self.assertEqual(self.verdict(self.anna), "consent_unconfirmed")

    def test_ten_minutes(self):
        self.say_yes(source="paper")
        [code] = self.arrived()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=10, seconds=1)):
            self.confirm(self.open(), code)
        self.assertEqual(self.verdict(self.anna), "consent_unconfirmed")

    def test_the_limit_of_a_day_is_told(self):
        self.say_yes(source="paper")
        dialog = self.open()
        dialog.action_send()
        self.assertEqual(dialog.outcome, "not_sent", "one is on its way")
        for _time in range(consent_code.PER_NUMBER):
            self.run_queue()
            dialog.action_send()
        self.assertEqual(dialog.outcome, "not_sent")
        self.assertEqual(len(self.arrived()), consent_code.PER_NUMBER)

    def test_where_it_was_read_out_is_asked_for(self):
        self.say_yes(source="paper")
        [code] = self.arrived()
        with self.assertRaisesRegex(UserError, "counter or telephone"):
            self.confirm(self.open(), code, False)

    def test_a_changed_number_makes_the_code_worthless(self):
        self.say_yes(source="paper")
        [code] = self.arrived()
        dialog = self.open()
        self.anna.phone = OTHER
        self.confirm(dialog, code)
        self.assertFalse(self.env["consent.event"].search_count([("kind", "=", "confirmed")]))

    def test_a_code_to_a_former_number_is_not_on_its_way(self):
        self.say_yes(source="paper")
        self.assertEqual(self.open().outcome, "sent")
        self.anna.phone = OTHER
        self.assertFalse(self.open().outcome)

    def test_wrong_tries_are_counted_by_who_types(self):
        self.say_yes(source="paper")
        [code] = self.arrived()
        dialog = self.open()
        for _time in range(WRONG_TRIES):
            self.env["consent.link.try"]._add_sudo(None, DOOR, self.staff)
        self.confirm(dialog, code)
        self.assertEqual(dialog.outcome, "wrong", "so many and no more")
        colleague = self.open(self.env.user)
        self.assertEqual(self.confirm(colleague, code)["type"], "ir.actions.act_window_close")

    def test_the_dialog_is_its_owners_and_the_customer_ones_own(self):
        self.say_yes(source="paper")
        dialog = self.open()
        other = new_test_user(self.env, "confirm_other", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            dialog.with_user(other).action_send()
        with self.assertRaises(AccessError):
            self.anna.with_user(new_test_user(self.env, "confirm_nobody", "base.group_user")).action_consent_confirm()

    def test_the_button_is_there_while_something_waits(self):
        form = Form(self.anna.with_user(self.staff))
        self.assertFalse(form.consent_to_confirm)
        self.say_yes(source="paper")
        self.env.invalidate_all()
        self.assertTrue(Form(self.anna.with_user(self.staff)).consent_to_confirm)
