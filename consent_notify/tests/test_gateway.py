import logging
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.drivers import Misconfigured, Unknown
from ..tools.drivers.http import HttpDriver
from ..tools.drivers.http_settings import RECEIPTS
from ..tools.redact import redact
from ..tools.sms_api import SmsApiClosed
from .consent_common import NUMBER
from .fake_gateways import SECRET, FakeSmsc, FakeSmsRu
from .orders_common import OrdersCommon


class GatewayCommon(OrdersCommon):
    """A company that sends by one of the ready gateways, which listens on loopback."""

    preset = fake_class = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fake = cls.fake_class()
        url = cls.enterClassContext(cls.fake.listening())
        cls.admin = new_test_user(cls.env, "gateway_admin", "base.group_system")
        ready = cls.env.ref(f"consent_notify.{cls.preset}").with_user(cls.admin)
        cls.gateway = cls.env["sms.gateway"].with_user(cls.admin).browse(ready.action_use()["res_id"])
        path, check = (address.split("/", 3)[3] for address in (ready.address, ready.check_address))
        cls.gateway.write(
            {
                "address": f"{url}/{path}",
                "check_address": f"{url}/{check}",
                "login": "shop",
                "secret": SECRET,
                "sender": "IVA",
                "per_second": 100,
            }
        )
        cls.sign(sms_provider="http", sms_gateway_id=cls.gateway.id)
        cls.company.write({"sms_provider": "http", "sms_gateway_id": cls.gateway.id})
        cls.answer(cls.anna, "granted")
        cls.gateway = cls.gateway.with_user(cls.admin)

    def setUp(self):
        super().setUp()
        self.fake.__init__()

    def outcome(self, *ill, body="Ready"):
        self.fake.ill.extend(ill)
        sms = self.make_sms(self.anna, body=body)
        self.run_queue()
        return sms.state, sms.failure_type

    def tracker(self, order):
        return self.env["sms.tracker"].search([("order_update_id", "in", order.update_ids.ids)])

    def check(self):
        return self.gateway.action_check()["params"]["type"]


@tagged("post_install", "-at_install")
class TestSmsRu(GatewayCommon, HttpCase):
    preset, fake_class = "sms_gateway_smsru", FakeSmsRu

    # ------------------------------------------------------------ sending

    def test_an_order_s_text_goes_out_and_its_report_comes_back(self):
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        [sent] = self.fake.accepted
        self.assertEqual((sent["to"], sent["from"]), (NUMBER[1:], "IVA"))
        self.assertIn(order.name, sent["msg"])
        self.assertNotIn("[link]", sent["msg"])
        tracker = self.tracker(order)
        self.assertEqual((order.update_status, tracker.sms_twilio_sid), ("sent", "202648-1000001"))
        answer = self.report({"data[0]": "sms_status\n202648-1000001\n103\n1764300000", "data[1]": "test"})
        self.assertEqual((answer.status_code, answer.text), (200, "100"))
        self.env.invalidate_all()
        self.assertEqual(order.update_status, "delivered")
        row = self.env["phone.access"].search([("door", "=", "provider")], limit=1)
        self.assertEqual(row.processor, "SMS.ru")

    def test_each_refusal_has_its_reason(self):
        self.fake.stop_list.add(NUMBER[1:])
        self.assertEqual(self.outcome(), ("error", "sms_optout"))
        self.fake.stop_list.clear()
        self.answer(self.anna, "granted")  # the gateway's stop list took it back
        self.fake.balance = 0
        self.assertEqual(self.outcome(), ("error", "sms_credit"))
        self.gateway.secret = "another"
        self.assertEqual(self.outcome(), ("error", "sms_acc"))
        self.assertFalse(self.fake.accepted)

    def test_what_may_have_been_accepted_is_unknown(self):
        broken = {"status": "ERROR", "status_code": 500}
        for ill in ((200, broken), (502, "<html>"), (200, "<html>"), (200, {"status": "OK", "status_code": 100})):
            self.assertEqual(self.outcome(ill), ("error", "outcome_unknown"))
        self.assertEqual(self.outcome(), ("pending", False))

    def test_without_consent_the_gateway_is_not_called(self):
        self.answer(self.anna, "refused")
        self.assertEqual(self.outcome(), ("canceled", "consent_refused"))
        self.assertFalse(self.fake.seen)

    def test_nobody_gets_the_driver_past_the_gate(self):
        self.assertIs(self.company._get_sms_api_class(), SmsApiClosed)
        with self.assertRaises(UserError):
            SmsApiClosed(self.env)._send_sms_batch([])

    def test_the_driver_is_the_gateway_s(self):
        self.gateway.write({"per_second": 2.5, "in_flight": 3, "timeout": 7})
        driver = self.company._sms_driver_sudo()
        self.assertEqual((driver.per_second, driver.in_flight, driver.patience), (2.5, 3, 21.0))
        self.company.sms_gateway_id = False
        self.assertIsInstance(self.company._sms_driver_sudo(), Misconfigured)

    def test_what_was_certainly_not_accepted_waits(self):
        sms = self.make_sms(self.anna)
        self.fake.ill.append((200, {"status": "ERROR", "status_code": 220}))
        before = fields.Datetime.now()
        self.run_queue()
        self.assertEqual((sms.state, sms.waits_for, sms.attempts), ("outgoing", "retry", 1))
        self.assertGreaterEqual(sms.send_after, before + timedelta(seconds=60))

    def test_the_limit_of_one_number_puts_nobody_else_off(self):
        for code, others in ((231, "pending"), (233, "pending"), (220, "outgoing"), (206, "outgoing")):
            texts = self.make_sms(self.anna, body="1") + self.make_sms(self.anna, body="2")
            self.fake.ill.append((200, {"status": "ERROR", "status_code": code}))
            self.run_queue()
            self.assertEqual(texts.mapped("state"), ["outgoing", others], code)
            texts.unlink()
            self.env.cr.execute("DELETE FROM sms_hold")

    def test_what_a_gateway_asked_for_holds_until_somebody_changes_the_account(self):
        self.fake.ill.append((200, {"status": "ERROR", "status_code": 301}))
        texts = self.make_sms(self.anna, body="1") + self.make_sms(self.anna, body="2")
        self.run_queue()
        late = self.make_sms(self.anna, body="3")
        self.run_queue()
        self.assertEqual(((texts + late).mapped("state"), len(self.fake.seen)), (["error", "outgoing", "outgoing"], 1))
        self.gateway.secret = SECRET
        self.run_queue()
        self.assertEqual((texts + late).mapped("state"), ["error", "pending", "pending"])

    def test_a_company_without_a_gateway_sends_nothing(self):
        self.company.sms_gateway_id = False
        self.assertEqual(self.outcome(), ("error", "no_provider"))

    def test_customers_read_who_gets_the_number(self):
        words = {words.code: words for words, _box in self.env["consent.notice"]._words_sudo(self.company)}
        self.assertIn("who receives it: SMS.ru.", words["order_sms"].details)
        self.gateway.name = "Our Gateway"
        words = {words.code: words for words, _box in self.env["consent.notice"]._words_sudo(self.company)}
        self.assertIn("who receives it: Our Gateway.", words["order_sms"].details)

    # ------------------------------------------------------------ the account

    def test_the_secret_goes_in_and_never_comes_out(self):
        sealed = self.gateway.sudo().secret_sealed
        self.assertTrue(sealed)
        self.assertNotIn(SECRET.encode(), bytes(sealed))
        for user in (self.admin, self.env.ref("base.user_root")):
            gateway = self.gateway.with_user(user)
            gateway.secret = SECRET
            shown = gateway.read() + gateway.web_save({"secret": SECRET}, {"secret": {}, "has_secret": {}})
            made = {"name": "New", "address": "https://gateway.example", "secret": SECRET}
            shown += gateway.browse().web_save(made, {"secret": {}, "has_secret": {}})
            shown += gateway.export_data(["name", "secret"])["datas"]
            self.assertNotIn(SECRET, str(shown))
            self.assertIn("'has_secret': True", str(shown))
        with self.assertRaises(AccessError):
            self.gateway.read(["secret_sealed"])
        with self.assertRaises(AccessError):
            self.gateway.search([("secret_sealed", "!=", False)])
        self.assertFalse(self.gateway.copy().has_secret)
        self.env.cr.execute("SELECT to_json(g)::text FROM sms_gateway g WHERE id = %s", [self.gateway.id])
        self.assertNotIn(SECRET, self.env.cr.fetchone()[0])

    def test_a_secret_opens_on_its_own_row_only(self):
        other = self.gateway.copy()
        other.sudo().secret_sealed = self.gateway.sudo().secret_sealed
        self.assertEqual(self.gateway.sudo()._open_secret_sudo(), SECRET)
        self.assertEqual(other.sudo()._open_secret_sudo(), "")

    def test_the_account_is_checked_without_a_text(self):
        self.assertEqual(self.check(), "success")
        self.gateway.secret = "another"
        self.assertEqual(self.check(), "danger")
        self.assertFalse(self.fake.accepted)
        self.gateway.check_address = False
        with self.assertRaises(UserError):
            self.check()

    def test_settings_that_cannot_be_meant_are_refused(self):
        for values in ({"address": "http://sms.ru/sms/send"}, {"request": "to={phone}"}, {"codes": "1=nonsense"}):
            with self.assertRaises(ValidationError):
                self.gateway.write(values)

    def test_the_settings_ask_for_what_acts(self):
        arch = self.env.ref("consent_notify.res_config_settings_view_form").arch
        [row] = etree.fromstring(arch).xpath("//field[@name='sms_in_flight']/ancestor::div[@invisible][1]")
        self.assertEqual(row.get("invisible"), "sms_provider != 'twilio'", "a gateway has a limit of its own")

    def test_only_administrators_change_a_gateway(self):
        manager = new_test_user(self.env, "gateway_manager", "base.group_user,consent_notify.group_manager")
        gateway = self.gateway.with_user(manager)
        self.assertEqual(gateway.read(["name", "secret"])[0]["secret"], False)
        for act in (lambda: gateway.write({"secret": "x"}), gateway.action_check, gateway.action_new_receipt_address):
            with self.assertRaises(AccessError):
                act()

    # ------------------------------------------------------------ reports

    def report(self, report, address=None, **options):
        address = address or self.gateway.receipt_address
        return self.url_open(address[address.index("/", 8) :], data=report, **options)

    def sent_order(self):
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        return order, self.tracker(order).sms_twilio_sid

    def status_after(self, order, *codes):
        for code in codes:
            self.report({"data[0]": f"sms_status\n{self.tracker(order).sms_twilio_sid}\n{code}"})
            self.env.invalidate_all()
        return order.update_ids.message_id.notification_ids.mapped("notification_status")

    def test_late_and_repeated_reports_take_nothing_back(self):
        order, _sid = self.sent_order()
        self.assertEqual(self.status_after(order, 102), ["pending"])
        self.assertEqual(self.status_after(order, 103, 102, 103, 104), ["sent"])
        other, _sid = self.sent_order()
        self.assertEqual(self.status_after(other, 104, 102, 104), ["exception"])
        self.assertEqual(other.update_ids.message_id.notification_ids.failure_type, "sms_expired")

    def test_whoever_has_no_address_gets_one_answer(self):
        order, sid = self.sent_order()
        report = {"data[0]": f"sms_status\n{sid}\n103"}
        address = self.gateway.receipt_address
        ready = self.env.ref("consent_notify.sms_gateway_smsru").sudo()
        wrong = [
            address[:-1] + ("0" if address[-1] != "0" else "1"),
            address[:-1],
            f"http://h{RECEIPTS}/{self.gateway.id + 1000}/{'-' * 43}",
            f"http://h{RECEIPTS}/{ready.id}/{ready._receipt_token_sudo()}",
        ]
        answers = [self.report(report, one) for one in wrong]
        self.assertEqual({(answer.status_code, answer.text) for answer in answers}, {(404, "")})
        self.gateway.action_new_receipt_address()
        self.assertEqual(self.report(report, address).status_code, 404, "the old address is worthless")
        self.env.invalidate_all()
        self.assertEqual(order.update_status, "sent")
        self.assertEqual(self.report(report).status_code, 200)

    def test_a_gateway_speaks_of_its_own_company_s_texts_only(self):
        order, sid = self.sent_order()
        other = self.env["res.company"].create({"name": "Other Shop"})
        theirs = self.gateway.sudo().copy({"company_id": other.id})
        self.report({"data[0]": f"sms_status\n{sid}\n103"}, theirs.receipt_address)
        self.env.invalidate_all()
        self.assertEqual(order.update_status, "sent")

    def test_reports_and_look_ups_go_by_the_gateway_that_got_the_text(self):
        order, sid = self.sent_order()
        self.fake.ill.append((200, "<html>"))
        doubtful = self.make_sms(self.anna)
        self.run_queue()
        self.assertEqual(doubtful.failure_type, "outcome_unknown")
        other = self.gateway.sudo().copy({"company_id": self.company.id})
        self.company.sms_gateway_id = other
        self.report({"data[0]": f"sms_status\n{sid}\n103"}, other.receipt_address)
        self.env.invalidate_all()
        self.assertEqual(order.update_status, "sent", "it never had that text")
        asked = []

        def lookup(driver, text, since, taken=frozenset()):
            asked.append(text.uuid)
            return Unknown()

        with patch.object(HttpDriver, "lookup", lookup):
            for gateway, minutes, heard in ((other, 1, []), (self.gateway.sudo(), 10, [doubtful.uuid])):
                self.company.sms_gateway_id = gateway
                self.env.flush_all()
                moment = fields.Datetime.now() + timedelta(minutes=minutes)
                with freeze_time(moment), self.enter_registry_test_mode(), self.registry.cursor() as cr:
                    self.env(cr=cr)["sms.sms"]._reconcile_sudo()
                self.env.invalidate_all()
                self.assertEqual(asked, heard)
        self.company.sms_gateway_id = other
        self.report({"data[0]": f"sms_status\n{sid}\n103"})
        self.env.invalidate_all()
        self.assertEqual(order.update_status, "delivered", "the earlier gateway still tells of its own")

    def test_nonsense_changes_nothing_and_is_answered(self):
        with mute_logger("odoo.http", "werkzeug"):
            for report in ({"data[0]": ""}, {"data[0]": "sms_status"}, {"x": "y" * 1000}):
                self.assertEqual(self.report(report).status_code, 200)
            answer = self.report("{", headers={"Content-Type": "application/json"})
            self.assertEqual(answer.status_code, 200)

    def test_the_address_stays_out_of_the_log(self):
        with self.assertLogs("werkzeug", logging.INFO) as logs:
            self.report({"data[0]": "test"})
        token = self.gateway.receipt_address.rpartition("/")[2]
        self.assertNotIn(token, redact("\n".join(logs.output)))


@tagged("post_install", "-at_install")
class TestSmsc(GatewayCommon, HttpCase):
    preset, fake_class = "sms_gateway_smsc", FakeSmsc

    def test_texts_go_out_and_reports_come_back(self):
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        [sent] = self.fake.accepted
        self.assertEqual((sent["phones"], sent["sender"], sent["charset"]), (NUMBER, "IVA", "utf-8"))
        self.assertEqual(self.tracker(order).sms_twilio_sid, "1")
        address = self.gateway.receipt_address
        report = {"id": "1", "phone": NUMBER[1:], "status": "1", "time": "28.11.2026 10:00:00", "err": "0"}
        answer = self.url_open(address[address.index("/", 8) :], data=report)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(order.update_status, "delivered")

    def test_each_refusal_has_its_reason(self):
        self.assertEqual(self.outcome(), ("pending", False))
        # An equal text within a minute was certainly not taken a second time.
        self.assertEqual(self.outcome(), ("outgoing", False))
        self.env["sms.sms"].search(
            [("state", "=", "outgoing")]
        ).unlink()  # else it would go as soon as the account changes
        self.fake.balance = 0
        self.assertEqual(self.outcome(body="Other"), ("error", "sms_credit"))
        self.gateway.login = "another"
        self.assertEqual(self.outcome(body="Third"), ("error", "sms_acc"))
        self.gateway.login = "shop"
        self.assertEqual(
            self.outcome((200, {"error_code": 8, "id": 9}), body="4"), ("error", "sms_invalid_destination")
        )
        self.assertEqual(self.outcome((200, {"error_code": 77, "id": 9}), body="5"), ("error", "outcome_unknown"))
        self.assertEqual(len(self.fake.accepted), 1)

    def test_the_account_is_checked_without_a_text(self):
        self.assertEqual(self.check(), "success")
        self.gateway.login = "another"
        self.assertEqual(self.check(), "danger")
        self.assertFalse(self.fake.accepted)
