import logging
from unittest.mock import patch

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models import consent_retention
from .consent_common import NUMBER, OTHER, ConsentCommon

SPELLING = "8 (916) 123-45-67"


@tagged("post_install", "-at_install")
class TestRetention(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.russia = cls.env.ref("base.ru")
        cls.now = fields.Datetime.now()
        cls.later = cls.now + relativedelta(months=12, days=1)
        # Whose numbers were there before, the demo's customers say, is not what these tests count.
        cls.env["sms.sms"].search([]).unlink()
        before = cls.env["consent.subject"].sudo().search([])
        before.partner_id.phone = False
        before.write({"partner_id": False, "number_digest": False, "salt": False})
        cls.env["phone.vault"]._destroy_unused_sudo()
        cls.answer(cls.anna, "granted")
        cls.answer(cls.anna, "refused", cls.offer_sms)

    def setUp(self):
        super().setUp()
        self.committed = []
        self.seconds = 1000

        def commit_progress(cron, processed=0, *, remaining=None, deactivate=False):
            self.env.flush_all()
            self.committed.append((processed, remaining))
            return self.seconds

        self.patch(type(self.env["ir.cron"]), "_commit_progress", commit_progress)

    def make_partner(self, name, number, **values):
        return self.env["res.partner"].create({"name": name, "phone": number, "country_id": self.russia.id, **values})

    def make_customer(self, number=OTHER, **values):
        partner = self.make_partner("Ben", number, **values)
        self.answer(partner, "granted")
        return partner

    def make_order(self, partner, months_ago=0, **values):
        """Make a confirmed and delivered order of so long ago."""
        order = self.env["sale.order"].create({"partner_id": partner.id, **values})
        order.action_confirm()
        order.date_order = self.now - relativedelta(months=months_ago)
        order.flush_recordset()
        self.empty_queue()
        return order

    def empty_queue(self):
        """Settle what waits to be sent: a queued text would keep the number by itself."""
        self.env["sms.sms"].search([("state", "=", "outgoing")])._update_sms_state_and_trackers("error")

    def run_at(self, now, size=500):
        run = self.env["consent.retention"]._run_sudo(now, size)
        self.env.invalidate_all()
        return run

    def kinds(self, partner, purpose):
        events = self.env["consent.event"].search([("partner_id", "in", partner.ids), ("purpose_id", "=", purpose.id)])
        return events.sorted("id").mapped("kind")

    def vault_rows(self, number=NUMBER):
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM phone_vault WHERE number_digest = %s", [self.digest(number)])
        return self.env.cr.fetchone()[0]

    # ------------------------------------------------------------ destroyed

    def test_past_the_term_the_number_is_gone_everywhere_and_the_events_stay(self):
        order = self.make_order(self.anna)
        other_spelling = self.make_partner("Anna's address", SPELLING, parent_id=self.anna.id, type="delivery")
        order._message_sms("Ready", partner_ids=self.anna.ids)
        self.empty_queue()
        provider = self.env["payment.provider"].create(
            {"name": "Any Provider", "consent_needs_phone": True, "consent_processor_id": self.sign("payment").id}
        )
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env.ref("payment.payment_method_unknown").id,
                "amount": 1,
                "currency_id": self.company.currency_id.id,
                "partner_id": self.anna.id,
                "reference": "retention",
            }
        )
        self.env["sandbox.message"].create({"number": NUMBER, "company_id": self.company.id, "body": "Ready"})
        composer = {"res_model": "res.partner", "res_id": self.anna.id, "body": "Ready", "numbers": NUMBER}
        self.env["sms.composer"].create({**composer, "recipient_single_number_itf": NUMBER})
        self.env["sms.twilio.account.manage"].create({"company_id": self.company.id, "test_number": NUMBER})
        self.env["phone.blacklist.remove"].create({"phone": NUMBER})
        self.env["consent.link"]._for_sms_sudo(self.env["sms.sms"].search([("partner_id", "=", self.anna.id)]))
        self.env.flush_all()
        # The blacklist keeps its numbers; a scheduled message takes its own along when it is sent.
        spared = {("phone_blacklist", "number"), ("mail_message_schedule", "sms_parameters")}
        columns = [column for column in self.env["phone.vault"]._sealed_columns() if column not in spared]

        def borne():
            found = set()
            for table, column in columns:
                self.env.cr.execute(
                    SQL(
                        "SELECT count(*) FROM %s t JOIN phone_vault v ON v.token = t.%s WHERE v.number_digest = %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        self.digest(),
                    )
                )
                if self.env.cr.fetchone()[0]:
                    found.add((table, column))
            return found

        self.assertEqual(borne(), set(columns), "each column has to bear the number, or this proves nothing")
        events = self.env["consent.event"].search([])
        run = self.run_at(self.later)
        self.assertEqual(borne(), set())
        self.assertEqual(self.vault_rows(), 0)
        self.assertFalse(self.anna.phone or self.anna.phone_sanitized or other_spelling.phone)
        self.assertFalse(self.env["consent.link"].search_count([("number_digest", "=", self.digest())]))
        self.assertEqual((run.numbers, run.contacts, run.expired, run.skipped), (2, 2, 1, 0))
        self.assertEqual(self.env["consent.event"].search([]) & events, events)
        self.assertTrue(all(self.env["consent.event"].search([]).mapped("is_intact")))

    def test_expired_is_written_for_each_standing_yes(self):
        self.run_at(self.later)
        self.assertEqual(self.kinds(self.anna, self.order_sms), ["granted", "expired"])
        self.assertEqual(self.kinds(self.anna, self.offer_sms), ["refused"])
        event = self.env["consent.event"].search([], limit=1)
        self.assertEqual((event.source, event.actor), ("retention", "retention"))
        self.assertEqual(self.verdict(self.anna), "consent_expired")

    def test_a_second_run_does_nothing(self):
        self.run_at(self.later)
        events = self.env["consent.event"].search_count([])
        again = self.run_at(self.later + relativedelta(days=1))
        self.assertEqual((again.numbers, again.contacts, again.expired, again.skipped), (0, 0, 0, 0))
        self.assertEqual(self.env["consent.event"].search_count([]), events)

    def test_nothing_goes_before_the_term_ends(self):
        run = self.run_at(self.now + relativedelta(months=12, days=-1))
        self.assertEqual((run.numbers, run.expired), (0, 0))
        self.assertEqual(self.anna.phone, NUMBER)

    def test_the_last_order_starts_the_term_anew(self):
        order = self.make_order(self.anna)
        order.date_order = self.now + relativedelta(months=6)
        order.flush_recordset()
        self.run_at(self.later)
        self.assertEqual(self.anna.phone, NUMBER)
        self.assertIsNone(self.verdict(self.anna))
        self.run_at(self.later + relativedelta(months=6))
        self.assertFalse(self.anna.phone)

    def test_a_purpose_may_say_otherwise(self):
        self.order_sms.term_months = 24
        self.run_at(self.later)
        self.assertEqual(self.anna.phone, NUMBER)
        self.run_at(self.later + relativedelta(months=12))
        self.assertFalse(self.anna.phone)

    def test_a_yes_ends_with_its_own_term_though_another_keeps_the_number(self):
        self.answer(self.anna, "granted", self.offer_sms)
        self.offer_sms.term_months = 6
        run = self.run_at(self.now + relativedelta(months=6, days=1))
        self.assertEqual(run.expired, 1)
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_expired")
        self.assertIsNone(self.verdict(self.anna))
        self.assertEqual(self.anna.phone, NUMBER)

    def test_what_a_deleted_contact_leaves_goes_after_its_term(self):
        text = self.env["sms.sms"].create({"number": NUMBER, "body": "Ready", "state": "sent"})
        self.anna.unlink()
        self.run_at(self.now)
        self.assertEqual(self.vault_rows(), 1)
        text.state = "outgoing"
        self.run_at(self.later)
        self.assertEqual(self.vault_rows(), 1, "what waits to be sent goes out first")
        text.state = "sent"
        ben = self.make_partner("Ben", SPELLING)
        self.run_at(self.later)
        self.assertTrue(text.number, "somebody else has the number")
        ben.phone = False
        self.run_at(self.later)
        self.assertEqual((self.vault_rows(), text.number), (0, False))

    def test_who_refused_all_is_kept_for_the_shortest_term_only(self):
        ben = self.make_partner("Ben", OTHER)
        self.answer(ben, "refused")
        self.answer(ben, "refused", self.offer_sms)
        self.offer_sms.term_months = 36
        self.run_at(self.later)
        self.assertFalse(ben.phone)

    def test_what_rests_on_the_contract_ends_too(self):
        ben = self.make_partner("Ben", OTHER)
        self.order_sms.basis = "contract"
        self.answer(ben, "shown")
        self.run_at(self.later)
        self.assertFalse(ben.phone)
        self.assertEqual(self.kinds(ben, self.order_sms), ["shown", "expired"])

    def test_a_number_given_again_after_it_expired_has_a_term_of_its_own(self):
        self.run_at(self.later)
        self.anna.phone = NUMBER
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE phone_vault SET create_date = %s WHERE number_digest = %s", [self.later, self.digest()]
        )
        self.run_at(self.later + relativedelta(days=1))
        self.assertEqual(self.anna.phone, NUMBER)
        self.run_at(self.later + relativedelta(months=13))
        self.assertFalse(self.anna.phone)

    def test_an_old_number_goes_though_the_customer_lives_on(self):
        order = self.make_order(self.anna)
        order._message_sms("Ready", partner_ids=self.anna.ids)
        self.empty_queue()
        self.anna.phone = OTHER
        with patch.object(fields.Datetime, "now", lambda: self.later):
            self.answer(self.anna, "granted")
        self.run_at(self.later)
        self.assertEqual(self.anna.phone, OTHER)
        self.assertEqual(self.vault_rows(), 0)
        self.assertEqual(self.vault_rows(OTHER), 1)

    def test_a_number_that_nothing_bears_any_more_goes(self):
        stranger = self.make_partner("Never asked", OTHER)
        self.assertEqual(self.vault_rows(OTHER), 1)
        stranger.phone = "+79161234569"
        self.assertEqual(self.vault_rows(OTHER), 1)
        self.run_at(self.now)
        self.assertEqual(self.vault_rows(OTHER), 0)
        self.assertEqual(stranger.phone, "+79161234569")

    def test_a_number_on_the_blacklist_stays_there(self):
        self.env["phone.blacklist"].create({"number": NUMBER})
        self.run_at(self.later)
        self.assertFalse(self.anna.phone)
        self.assertEqual(self.env["phone.blacklist"].search([("number", "=", NUMBER)]).number, NUMBER)
        self.assertEqual(self.vault_rows(), 1)

    # ------------------------------------------------------------ not touched

    def assert_kept(self, partner, number=OTHER):
        self.env.flush_all()
        events = self.env["consent.event"].search_count([("partner_id", "in", partner.ids)])
        self.run_at(self.later)
        self.assertEqual(partner.phone, number)
        self.assertEqual(self.env["consent.event"].search_count([("partner_id", "in", partner.ids)]), events)
        self.assertFalse(self.anna.phone, "a plain customer beside them has to be due, or this proves nothing")

    def test_users_are_not_touched(self):
        user = new_test_user(self.env, "retention_user", groups="base.group_user")
        user.partner_id.write({"phone": OTHER, "country_id": self.russia.id})
        self.answer(user.partner_id, "granted")
        user.active = False
        self.assert_kept(user.partner_id)

    def test_a_portal_login_makes_a_customer_no_member_of_staff(self):
        customer = self.make_customer()
        new_test_user(self.env, "retention_portal", groups="base.group_portal", partner_id=customer.id)
        self.run_at(self.later)
        self.assertFalse(customer.phone)

    def test_employees_are_not_touched(self):
        customer = self.make_customer()
        if "hr.employee" not in self.env:
            self.env.cr.execute("CREATE TEMP TABLE hr_employee (work_contact_id int)")
            self.env.cr.execute("INSERT INTO hr_employee VALUES (%s)", [customer.id])
            self.startPatcher(patch.dict(self.env.registry.models, {"hr.employee": self.env.registry["res.partner"]}))
        else:
            self.env["hr.employee"].create({"name": "Ben", "work_contact_id": customer.id})
        self.assert_kept(customer)

    def test_vendors_are_not_touched(self):
        self.assert_kept(self.make_customer(supplier_rank=1))

    def test_vendors_of_a_product_are_not_touched(self):
        customer = self.make_customer()
        product = self.env["product.template"].create({"name": "Frame"})
        self.env["product.supplierinfo"].create({"partner_id": customer.id, "product_tmpl_id": product.id})
        self.assert_kept(customer)

    def test_the_companys_own_are_not_touched(self):
        self.assert_kept(self.make_customer(parent_id=self.company.partner_id.id))

    def test_open_orders_are_not_touched(self):
        cases = {
            "to invoice": {"order_line": [self.line(type="service", invoice_policy="order")]},
            "promised": {"commitment_date": self.later + relativedelta(days=7)},
        }
        if "delivery_status" in self.env["sale.order"]._fields:  # comes with Inventory, which a shop may not have
            cases["to deliver"] = {"order_line": [self.line(type="consu", invoice_policy="delivery")]}
        for why, values in cases.items():
            with self.subTest(why), self.env.cr.savepoint() as savepoint:
                customer = self.make_customer()
                self.make_order(customer, **values)
                self.assert_kept(customer)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_quotation_still_open_is_not_touched(self):
        customer = self.make_customer()
        order = self.env["sale.order"].create({"partner_id": customer.id, "date_order": self.now})
        order.validity_date = self.later.date() + relativedelta(days=3)
        self.assert_kept(customer)

    def test_an_order_that_nobody_closed_holds_the_number_for_three_years(self):
        customer = self.make_customer()
        self.make_order(customer, order_line=[self.line()])
        self.run_at(self.now + relativedelta(months=35))
        self.assertEqual(customer.phone, OTHER)
        self.run_at(self.now + relativedelta(months=37))
        self.assertFalse(customer.phone)

    def test_a_delivered_stage_closes_an_order(self):
        customer = self.make_customer()
        order = self.make_order(customer, order_line=[self.line()])
        order.update_stage_id = self.env.ref("consent_notify.order_update_stage_delivered")
        self.empty_queue()
        self.run_at(self.later)
        self.assertFalse(customer.phone)

    def test_queued_texts_are_not_touched(self):
        customer = self.make_customer()
        message = self.env["mail.message"].create({"model": "res.partner", "res_id": customer.id})
        self.env["sms.sms"].create({"number": OTHER, "mail_message_id": message.id, "body": "Ready"})
        self.assert_kept(customer)

    def test_customers_who_never_answered_are_not_touched(self):
        shown = self.make_partner("Shown", OTHER)
        self.answer(shown, "shown")
        asked_nothing = self.make_partner("Old", "+79161234569")
        order = self.make_order(asked_nothing, months_ago=60)
        order.update_stage_id = self.env.ref("consent_notify.order_update_stage_delivered")
        self.assert_kept(shown)
        self.assertEqual(asked_nothing.phone, "+79161234569")

    def test_a_number_shared_with_a_living_customer_stays_theirs(self):
        sister = self.make_partner("Sister", SPELLING)
        with patch.object(fields.Datetime, "now", lambda: self.later):
            self.answer(sister, "granted")
        self.env["sandbox.message"].create({"number": NUMBER, "company_id": self.company.id, "body": "Ready"})
        self.run_at(self.later)
        self.assertFalse(self.anna.phone)
        self.assertEqual(sister.phone, SPELLING)
        self.assertEqual(sister.phone_sanitized, NUMBER)
        self.assertIsNone(self.verdict(sister))
        self.assertEqual(self.env["sandbox.message"].search([], limit=1, order="id desc").number, NUMBER)

    def line(self, **values):
        product = self.env["product.product"].create({"name": "Frame", "type": "consu", **values})
        return Command.create({"product_id": product.id, "product_uom_qty": 1})

    # ------------------------------------------------------------ the run

    def make_many(self, count):
        return [self.make_customer(f"+7916200{index:04d}") for index in range(count)]

    def test_a_stopped_run_goes_on_where_it_was(self):
        self.run_at(self.now)
        self.committed.clear()
        customers = self.make_many(5)
        self.seconds = 0
        run = self.run_at(self.later, size=2)
        self.assertFalse(run.finished)
        self.assertEqual(sum(not customer.phone for customer in customers) + (not self.anna.phone), 2)
        self.assertEqual(self.committed, [(0, 1), (2, 1)])
        self.seconds = 1000
        again = self.run_at(self.later, size=2)
        self.assertEqual(again, run)
        self.assertTrue(run.finished)
        self.assertEqual((run.customers, run.numbers), (6, 6))
        self.assertFalse(any(customer.phone for customer in customers))
        self.assertEqual(self.committed[-1][1], 0)

    def test_queries_per_batch_do_not_depend_on_its_size(self):
        counts = []
        for count in (2, 40):
            self.run_at(self.now)
            self.make_many(count)
            run = self.env["consent.retention"].sudo().create({"started": self.now})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run._do_batch(self.later, 500)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertGreaterEqual(run.numbers, count)
        self.assertEqual(*counts)

    def test_a_customer_somebody_works_with_is_left_for_the_next_night(self):
        with patch.object(type(self.env["consent.retention"]), "_lock", lambda run, partners: set()):
            run = self.run_at(self.later)
        self.assertEqual((run.skipped, run.numbers, run.expired), (1, 0, 0))
        self.assertEqual(self.anna.phone, NUMBER)
        self.run_at(self.later)
        self.assertFalse(self.anna.phone)

    def test_a_conflict_is_tried_again(self):
        Retention = type(self.env["consent.retention"])
        destroy, failures = Retention._destroy_due, [psycopg2.errors.SerializationFailure(), None]

        def fail_once(run, partners, now):
            if failure := failures.pop(0):
                raise failure
            return destroy(run, partners, now)

        self.env.flush_all()
        with patch.object(Retention, "_destroy_due", fail_once), patch.object(self.env.cr, "rollback", lambda: None):
            self.run_at(self.later)
        self.assertFalse(self.anna.phone)

    def test_the_log_holds_counts_only(self):
        with self.assertLogs(consent_retention._logger.name, logging.INFO) as logs:
            self.run_at(self.later)
        self.assertRegex(logs.output[-1], r"1 numbers destroyed on 1 contacts, 1 answers expired, 0 left\.$")
        self.assertNotIn(NUMBER[-4:], "".join(logs.output))

    def test_a_mistake_is_refused_by_postgresql(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM phone_vault WHERE number_digest = %s", [self.digest()])

    def test_the_nightly_action_is_active_and_its_results_belong_to_managers(self):
        cron = self.env.ref("consent_notify.ir_cron_consent_retention")
        self.assertTrue(cron.active)
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "days"))
        officer = new_test_user(self.env, "retention_officer", groups="consent_notify.group_officer")
        manager = new_test_user(self.env, "retention_manager", groups="consent_notify.group_manager")
        run = self.run_at(self.later)
        self.assertEqual(run.with_user(manager).numbers, 1)
        with self.assertRaises(AccessError):
            run.with_user(officer).read(["numbers"])
        for operation in ("write", "create", "unlink"):
            self.assertFalse(run.with_user(manager).has_access(operation))
