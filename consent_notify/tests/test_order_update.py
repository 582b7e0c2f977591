from datetime import datetime

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.segments import measure
from .orders_common import OrdersCommon

LINK = "atelier-iva.ru/u/Ab3dE5fG7hK"


@tagged("post_install", "-at_install")
class TestOrderUpdate(OrdersCommon):
    def setUp(self):
        super().setUp()
        self.answer(self.anna, "granted")
        self.order = self.make_order()

    def confirmed(self):
        self.order.action_confirm()
        self.run_queue()
        return self.order.with_user(self.clerk)

    def test_an_order_is_told_from_confirmed_to_ready(self):
        self.order.action_confirm()
        self.assertEqual(self.order.update_stage_id.code, "confirmed")
        self.assertEqual(self.order.update_status, "waiting")
        self.assertFalse(self.texts_of(self.order), "nothing leaves within the request")
        self.run_queue()
        self.assertEqual(self.order.update_status, "sent")
        order = self.order.with_user(self.clerk)
        order.action_mark_ready()
        self.run_queue()
        self.assertEqual((order.update_stage_id.code, order.update_status), ("ready", "sent"))
        confirmed, ready = self.texts_of(self.order)
        self.assertIn(f"{self.company.name}: order {order.name} is confirmed", confirmed)
        self.assertIn(f"order {order.name} is ready to collect", ready)
        self.assertEqual(order.update_count, 2)
        self.assertTrue(all(order.update_ids.mapped("sent_at")))

    def test_without_consent_nothing_is_sent_and_the_order_says_why(self):
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        order = self.confirmed()
        self.assertFalse(self.texts_of(self.order))
        self.assertEqual(order.update_status, "refused")
        self.assertEqual(order.update_reason, "Consent Withdrawn")
        update = order.update_ids
        self.assertEqual((update.state, update.reason), ("refused", "consent_withdrawn"))
        self.assertEqual(update.message_id.sudo().notification_ids.failure_type, "consent_withdrawn")

    def test_a_customer_who_agrees_later_is_told_by_the_button(self):
        other = self.env["res.partner"].create({"name": "Boris", "phone": "+79160000001"})
        self.order = self.make_order(other)
        order = self.confirmed()
        self.assertEqual(order.update_reason, "No Consent")
        self.answer(other, "granted")
        order.action_tell_again()
        self.run_queue()
        self.assertEqual(order.update_ids.mapped("occurrence"), [2, 1])
        self.assertEqual(order.update_status, "sent")
        order.action_tell_again()
        self.assertEqual(order.update_count, 2, "who was told is not told again")

    def test_nobody_is_told_twice(self):
        order = self.confirmed()
        order.action_mark_ready()
        order.action_mark_ready()
        self.run_queue()
        order._move_to_update_stage("preparing")
        order.action_mark_ready()
        self.run_queue()
        self.assertEqual(len(self.texts_of(self.order)), 2)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            update = order.update_ids[0]
            update.sudo().copy({"order_id": order.id, "stage_id": update.stage_id.id})

    def test_a_stage_that_is_off_tells_nobody(self):
        order = self.confirmed()
        order._move_to_update_stage("preparing")
        self.assertFalse(order.update_status)
        self.assertEqual(order.update_count, 1)

    def test_a_delay_is_told_once_for_each_new_date(self):
        self.order.commitment_date = datetime(2026, 11, 28, 12)
        order = self.confirmed()
        order.commitment_date = datetime(2026, 11, 30, 12)
        order._move_to_update_stage("delayed")
        self.run_queue()
        order._tell_update_stage()
        order.commitment_date = datetime(2026, 12, 2, 12)
        self.run_queue()
        _confirmed, first, second = self.texts_of(self.order)
        self.assertIn("is delayed to 30 Nov (was 28 Nov).", first)
        self.assertIn("is delayed to 2 Dec (was 30 Nov).", second)

    def test_a_later_day_is_a_delay_by_itself(self):
        self.order.commitment_date = datetime(2026, 11, 28, 12)
        order = self.confirmed()
        order.with_user(self.clerk).commitment_date = datetime(2026, 11, 30, 12)
        self.assertEqual(order.update_stage_code, "delayed")
        self.run_queue()
        self.assertIn("is delayed to 30 Nov (was 28 Nov).", self.texts_of(order)[-1])
        order.with_user(self.clerk).commitment_date = datetime(2026, 12, 2, 12)
        self.run_queue()
        self.assertIn("is delayed to 2 Dec (was 30 Nov).", self.texts_of(order)[-1])
        self.assertEqual(len(self.texts_of(order)), 3)

    def test_a_day_that_is_no_later_or_that_nobody_heard_of_is_no_delay(self):
        self.order.commitment_date = datetime(2026, 11, 28, 12)
        order = self.confirmed()
        order.commitment_date = datetime(2026, 11, 27, 12)
        order.commitment_date = datetime(2026, 11, 28, 18)
        order.commitment_date = False
        self.assertEqual((order.update_stage_code, order.update_count), ("confirmed", 1))
        order.action_mark_ready()
        order.commitment_date = datetime(2026, 12, 2, 12)
        self.assertEqual(order.update_stage_code, "ready", "it can be collected already")
        quotation = self.make_order(commitment_date=datetime(2026, 11, 28, 12))
        quotation.commitment_date = datetime(2026, 12, 2, 12)
        self.assertFalse(quotation.update_ids)

    def test_a_day_moved_back_in_time_is_told_to_nobody(self):
        self.order.commitment_date = datetime(2026, 11, 28, 12)
        order = self.confirmed()
        order.commitment_date = datetime(2026, 11, 30, 12)
        order.commitment_date = datetime(2026, 11, 28, 12)
        self.run_queue()
        self.assertEqual(len(self.texts_of(order)), 1)
        self.assertEqual(order.update_ids.sorted("id").mapped("state"), ["sent", "canceled"])

    def test_a_text_that_waits_never_says_an_old_day(self):
        self.order.commitment_date = datetime(2026, 11, 28, 12)
        self.order.action_confirm()
        self.order.commitment_date = datetime(2026, 11, 30, 12)
        self.run_queue()
        [text] = self.texts_of(self.order)
        self.assertIn("is confirmed, expected 30 Nov", text)
        self.assertEqual(self.order.update_ids.sorted("id").mapped("state"), ["canceled", "sent"])

    def test_a_date_that_moves_is_told_of_a_delayed_order_only(self):
        order = self.confirmed()
        order.commitment_date = datetime(2026, 11, 30, 12)
        self.assertEqual(order.update_count, 1, "the customer was told of no other date")
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        delayed = self.env["order.update.stage"]._for(self.company, "delayed")
        order.write({"update_stage_id": delayed.id, "commitment_date": datetime(2026, 12, 2, 12)})
        self.assertEqual(order.update_ids.sorted("id").mapped("state"), ["sent", "refused"], "once for both")
        order.commitment_date = datetime(2026, 12, 2, 12)
        self.assertEqual(order.update_count, 2)

    def test_no_date_is_told_that_nobody_promised(self):
        self.product.type = "consu"
        self.order = self.make_order()
        self.assertTrue(self.order.expected_date, "what Odoo would expect by itself")
        self.assertFalse(self.order.update_due)
        self.confirmed()
        self.assertIn("is confirmed. ", self.texts_of(self.order)[0])
        self.assertFalse(self.order.update_ids.due_date)

    def test_newer_news_takes_back_what_still_waits(self):
        self.order.action_confirm()
        self.order.action_mark_ready()
        self.run_queue()
        self.assertEqual(len(self.texts_of(self.order)), 1)
        self.assertIn("ready", self.texts_of(self.order)[0])
        self.assertEqual(self.order.update_ids.mapped("state"), ["sent", "canceled"])
        self.assertEqual(self.order.update_ids[1].reason, "superseded")

    def test_only_a_confirmed_order_is_cancelled_aloud(self):
        quotation = self.make_order()
        quotation._action_cancel()
        self.assertFalse(quotation.update_ids)
        self.confirmed()
        self.order._action_cancel()
        self.run_queue()
        self.assertIn("is cancelled", self.texts_of(self.order)[-1])

    def test_only_a_confirmed_order_can_be_ready(self):
        with self.assertRaises(UserError):
            self.order.with_user(self.clerk).action_mark_ready()

    def test_a_customer_who_confirms_by_their_own_act_is_told(self):
        portal = new_test_user(self.env, "orders_portal", groups="base.group_portal")
        portal.partner_id.phone = "+79160000009"
        self.answer(portal.partner_id, "granted")
        self.order = self.make_order(portal.partner_id)
        self.order.with_user(portal).sudo().action_confirm()
        self.run_queue()
        self.assertEqual(len(self.texts_of(self.order)), 1)
        self.assertEqual(self.order.update_ids.message_id.author_id, self.clerk.partner_id)

    def test_a_receipt_reaches_the_order_and_a_late_one_takes_nothing_back(self):
        order = self.confirmed()
        tracker = self.env["sms.tracker"].search([("sms_uuid", "=", order.update_ids.sudo().sms_uuid)])
        tracker._action_update_from_sms_state("sent")
        self.assertEqual(order.update_status, "delivered")
        self.assertTrue(order.update_ids.delivered_at)
        tracker._action_update_from_sms_state("pending")
        tracker._action_update_from_provider_error("not_delivered")
        self.assertEqual(order.update_status, "delivered")

    def test_an_update_holds_ids_and_never_a_number(self):
        order = self.confirmed()
        self.env.cr.execute("SELECT to_json(u)::text FROM order_update u WHERE order_id = %s", [order.id])
        [[row]] = self.env.cr.fetchall()
        self.assertNotIn("pn_", row)
        self.assertFalse(any(name in self.env["order.update"]._fields for name in ("number", "phone", "body")))

    def test_chatter_keeps_the_word_and_the_handset_gets_no_word(self):
        order = self.confirmed()
        self.assertIn("[link]", order.update_ids.message_id.body)
        self.assertNotIn("[link]", self.texts_of(self.order)[0])


@tagged("post_install", "-at_install")
class TestOrderStage(OrdersCommon):
    def test_every_text_fits_one_segment(self):
        self.company.name = "Atelier Iva"
        order = self.make_order(name="S00042", commitment_date=datetime(2026, 11, 28, 12))
        order.update_ids.create(
            {
                "order_id": order.id,
                "stage_id": self.env.ref("consent_notify.order_update_stage_confirmed").id,
                "due_date": "2026-11-26",
                "state": "sent",
            }
        )
        stages = self.env["order.update.stage"].search([("company_id", "=", False)])
        self.assertEqual(
            stages.mapped("code"),
            ["confirmed", "preparing", "ready", "dispatched", "delivered", "delayed", "cancelled"],
        )
        self.assertEqual(stages.filtered("is_on").mapped("code"), ["confirmed", "ready", "delayed", "cancelled"])
        for stage in stages:
            body = stage.template_id._render_field("body", order.ids)[order.id].replace("[link]", LINK)
            with self.subTest(stage=stage.code):
                self.assertTrue(body.startswith("Atelier Iva: order S00042 is "))
                self.assertIn(LINK, body)
                self.assertEqual(measure(body)[1], 1)
                self.assertLessEqual(len(body), 160, "all of it in the alphabet that holds 160")
        self.assertFalse(any(template._has_unsafe_expression() for template in stages.template_id))
        order.commitment_date = False
        for stage in stages:
            body = stage.template_id._render_field("body", order.ids)[order.id]
            self.assertNotRegex(body, "None|False|  | \\.")
        order.commitment_date = datetime(2026, 11, 28, 12)
        delayed = stages.filtered(lambda stage: stage.code == "delayed").template_id
        text = delayed._render_field("body", order.ids)[order.id]
        self.assertIn("is delayed to 28 Nov (was 26 Nov). Change or stop texts: [link]", text)

    def test_the_hours_for_collecting_fit_in(self):
        self.company.write({"name": "Atelier Iva", "collect_hours": "10:00-20:00"})
        order = self.make_order(name="S00042")
        ready = self.env.ref("consent_notify.sms_template_ready")
        text = ready._render_field("body", order.ids)[order.id]
        self.assertEqual(
            text, "Atelier Iva: order S00042 is ready to collect, 10:00-20:00. Change or stop texts: [link]"
        )
        self.assertEqual(measure(text.replace("[link]", LINK))[1], 1)

    def test_a_stage_shows_an_example_and_runs_no_program_for_it(self):
        order = self.make_order(name="S00042")
        order.action_confirm()
        stage = self.env.ref("consent_notify.order_update_stage_ready").with_company(self.company)
        self.assertIn(f"order {order.search([('state', '=', 'sale')], limit=1).name} is ready", stage.example)
        self.assertTrue(stage.example_size.endswith("billed as 1 SMS"))
        stage.body = "{{ object.company_id.partner_id.unlink() }}"
        self.assertFalse(stage.example)

    def test_a_company_may_have_a_stage_of_its_own(self):
        shared = self.env.ref("consent_notify.order_update_stage_ready")
        other = self.env["res.company"].create({"name": "Other"})
        own = shared.copy({"company_id": other.id, "name": "Packed"})
        Stage = self.env["order.update.stage"]
        self.assertEqual(Stage._for(other, "ready"), own)
        self.assertEqual(Stage._for(self.company, "ready"), shared)
        self.assertFalse(Stage._for(self.company, "nonsense"))
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            shared.copy({"company_id": other.id})

    def test_the_board_has_a_column_for_every_stage(self):
        order = self.make_order()
        order.action_confirm()
        board = self.env["sale.order"].with_context(read_group_expand=True)
        read = board.web_read_group([("id", "=", order.id)], ["update_stage_id"], ["__count"])
        groups = read["groups"]
        self.assertEqual(len(groups), 7)
        self.assertEqual(sum(group["__count"] for group in groups), 1)

    def test_orders_are_found_by_what_the_customer_knows(self):
        refused, untold = self.make_order(), self.make_order()
        refused.action_confirm()
        orders = refused + untold

        def found(operator, value):
            return self.env["sale.order"].search([("id", "in", orders.ids), ("update_status", operator, value)])

        self.assertEqual(found("=", "refused"), refused)
        self.assertEqual(found("in", ["sent", "waiting"]), self.env["sale.order"])
        self.assertEqual(found("=", False), untold)
        self.assertEqual(found("!=", "refused"), untold)


@tagged("post_install", "-at_install")
class TestNobodyThere(OrdersCommon):
    def test_an_archived_customer_is_not_told_and_the_order_says_so(self):
        self.answer(self.anna, "granted")
        order = self.make_order()
        self.anna.active = False
        order.action_confirm()
        self.assertEqual((order.update_status, order.update_ids.reason), ("refused", "sms_number_missing"))


@tagged("post_install", "-at_install")
class TestOrderRights(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")
        cls.order = cls.make_order()
        cls.order.action_confirm()
        cls.update = cls.order.update_ids

    def test_a_salesperson_sees_own_customers_an_officer_all(self):
        colleague = new_test_user(self.env, "orders_colleague", groups="sales_team.group_sale_salesman")
        officer = new_test_user(self.env, "orders_officer", groups="consent_notify.group_officer")
        leader = new_test_user(self.env, "orders_leader", groups="sales_team.group_sale_salesman_all_leads")
        self.run_queue()
        for name in ("order.update", "sandbox.message"):
            for user, count in ((self.clerk, 1), (colleague, 0), (officer, 1), (leader, 1)):
                records = self.env[name].with_user(user).search([("order_id", "=", self.order.id)])
                with self.subTest(model=name, user=user.login):
                    self.assertEqual(len(records), count)

    def test_a_company_sees_nothing_of_another(self):
        other = self.env["res.company"].create({"name": "Other"})
        officer = new_test_user(
            self.env,
            "orders_other",
            groups="consent_notify.group_officer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.run_queue()
        for name in ("order.update", "sandbox.message"):
            self.assertFalse(self.env[name].with_user(officer).search([("order_id", "=", self.order.id)]))

    def test_nobody_writes_updates_or_sandbox_by_hand(self):
        manager = new_test_user(self.env, "orders_manager", groups="consent_notify.group_manager,base.group_system")
        self.run_queue()
        message = self.env["sandbox.message"].search([("order_id", "=", self.order.id)])
        for record in (self.update, message):
            with self.assertRaises(AccessError):
                record.with_user(manager).write({"company_id": self.company.id})
            with self.assertRaises(AccessError):
                record.with_user(manager).unlink()
            with self.assertRaises(AccessError):
                record.with_user(manager).create({})

    def test_only_managers_change_the_words(self):
        manager = new_test_user(self.env, "orders_words", groups="consent_notify.group_manager")
        stage = self.env.ref("consent_notify.order_update_stage_ready")
        stage.with_user(manager).write({"is_on": False, "body": "{{ object.name }} is ready. [link]"})
        self.assertEqual(stage.template_id.body, "{{ object.name }} is ready. [link]")
        with self.assertRaises(AccessError):
            stage.with_user(self.clerk).is_on = True
