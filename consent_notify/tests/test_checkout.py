import json
import time
from types import SimpleNamespace
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields, http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import website
from .checkout_common import CODES, CheckoutCommon
from .consent_common import NUMBER, OTHER

REFUSED = {code: ["shown", "refused"] for code in CODES}


@tagged("post_install", "-at_install")
class TestCheckoutGuest(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.put_in_cart()

    def test_boxes_come_unticked_with_words_around_them(self):
        self.assertFalse({name for name in self.form() if name.startswith("consent_")} - {"consent_shown"})
        [block] = self.block
        self.assertEqual(block.tag, "fieldset")
        self.assertIn(self.company.name, block.find("legend").text_content())
        boxes = block.xpath(".//input[@type='checkbox']")
        self.assertEqual([box.get("name") for box in boxes], [f"consent_{code}" for code in CODES])
        for box in boxes:
            self.assertTrue(block.xpath(f".//label[@for='{box.get('id')}']")[0].text_content().strip())
        words = [paragraph.text_content() for paragraph in block.findall(".//p")]
        self.assertEqual(len(words), 2, "the same words for three purposes are shown once")
        for part in (self.company.name, "12 months", "Twilio", "encrypted", "never sold", self.company.phone):
            self.assertIn(part, words[-1])

    def test_the_phone_is_never_mandatory(self):
        page = self.page("/shop/address")
        self.assertIn("label-optional", page.xpath("//label[@for='o_phone']")[0].get("class"))
        info = self.make_jsonrpc_request(f"/my/address/country_info/{self.belgium.id}", {"address_type": "billing"})
        self.assertNotIn("phone", info["required_fields"])
        order = self.taken(self.address(phone=""))
        self.assertFalse(order.partner_id.phone)
        self.assertEqual(self.events(), REFUSED)
        self.page("/shop/payment")
        self.assertEqual(self.last_path, "/shop/payment", "the order goes on without a number")

    def test_a_tick_is_a_yes_and_no_tick_a_no(self):
        order = self.taken(self.address(consent_order_sms="1"))
        self.assertEqual(self.events(), {**REFUSED, "order_sms": ["shown", "granted"]})
        self.assertIsNone(self.verdict(order.partner_id))
        self.assertEqual(self.verdict(order.partner_id, self.offer_sms), "consent_refused")
        event = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "granted")])
        self.assertEqual(event.partner_id, order.partner_id)
        self.assertEqual(event.text_id.label, "Text me about my order, for example when it is ready.")
        self.assertIn("Twilio", event.text_id.details)
        self.assertEqual((event.source, event.actor, event.lang), ("checkout", "customer", "en_US"))
        self.assertEqual(event.website_id, self.website)
        self.assertTrue(event.is_intact)

    def test_refusing_everything_does_not_stop_the_order(self):
        order = self.taken(self.address())
        self.assertEqual(order.partner_id.name, "Ada Miller")
        self.assertEqual(self.events(), REFUSED)
        self.page("/shop/payment")
        self.assertEqual(self.last_path, "/shop/payment")

    def test_a_tick_without_a_number_is_told(self):
        for number in ("", "abc", "12"):
            feedback = self.send(self.address(phone=number, consent_offer_sms="1"))
            self.assertEqual(feedback["invalid_fields"], ["phone"], number)
            self.assertEqual(len(feedback["messages"]), 1)
            if number:
                self.assertNotIn(number, feedback["messages"][0])
        self.assertFalse(self.events())

    def test_the_core_s_own_errors_come_with_ours(self):
        feedback = self.send(self.address(phone="", city="", consent_order_sms="1"))
        self.assertEqual(set(feedback["invalid_fields"]), {"phone", "city"})
        self.assertFalse(self.events())

    def test_get_changes_nothing(self):
        def rows():
            self.env.cr.execute(
                "SELECT (SELECT count(*) FROM consent_event), (SELECT count(*) FROM consent_subject),"
                " (SELECT count(*) FROM consent_notice_text)"
            )
            return self.env.cr.fetchone()

        before = rows()
        self.form()
        for path in ("/shop/address", "/shop/address/submit", "/shop/delivery_phone"):
            self.url_open(f"{path}?consent_order_sms=1&consent_shown=x")
        self.assertEqual(rows(), before)

    @mute_logger("odoo.http")
    def test_a_post_from_elsewhere_is_refused(self):
        values = self.address(consent_order_sms="1")
        del values["csrf_token"]
        for path in ("/shop/address/submit", "/shop/delivery_phone"):
            self.assertEqual(self.url_open(path, data=values).status_code, 400)
        self.assertFalse(self.events())

    def test_a_form_that_asked_nothing_is_taken(self):
        values = self.address()
        del values["consent_shown"]
        self.taken(values)
        self.assertFalse(self.events(), "what was not shown is not recorded")

    def test_a_yes_to_unknown_words_is_not_taken(self):
        good = self.address()["consent_shown"]
        seconds, items, mac = good.split(".")
        for token in ("", "x", good[:-1], f"{seconds}..{mac}", f"{seconds}.{items.replace('b', 's', 1)}.{mac}",
                      f"{seconds}.{'9' * 10}b{'0' * 64}.{mac}", "\x00", "é" * 9000):  # fmt: skip
            feedback = self.send(self.address(consent_order_sms="1", consent_shown=token))
            self.assertEqual(feedback["invalid_fields"], ["consent_order_sms"], token[:30])
            self.assertIn("load it again", feedback["messages"][0])
        self.assertFalse(self.events())

    def test_a_forged_token_says_no_yes_and_counts_only_for_the_present_words(self):
        values = self.address(consent_order_sms="1")
        values["consent_shown"] = values["consent_shown"][:-32] + "0" * 32
        feedback = self.send(values)
        self.assertEqual(feedback["invalid_fields"], ["consent_order_sms"])
        self.assertIn("load it again", feedback["messages"][0])
        del values["consent_order_sms"]
        self.taken(values)
        self.assertEqual(self.events(), REFUSED)
        self.assertEqual(self.env["consent.event"].search([], limit=1).text_id.lang, "en_US")

    def test_a_form_sent_again_never_brings_a_withdrawn_yes_back(self):
        values = self.address(consent_order_sms="1")
        order = self.taken(values)
        path = f"/shop/address?partner_id={order.partner_id.id}&address_type=billing"
        with freeze_time(fields.Datetime.now() + relativedelta(minutes=1)):
            self.env["consent.event"]._withdraw_number_sudo(self.company, self.digest())
        partners = self.env["res.partner"].search_count([])
        # As the browser sends it again it would make a new contact with the number.
        for again in (values, {**values, "partner_id": order.partner_id.id}):
            feedback = self.send(again)
            self.assertEqual(feedback["invalid_fields"], ["consent_order_sms"])
            self.assertIn("was stopped for your number", feedback["messages"][0])
        self.assertEqual(self.verdict(order.partner_id), "consent_withdrawn")
        self.assertEqual(self.verdict(None), "consent_withdrawn")
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        # Opened anew after the STOP, the same words may be agreed to.
        self.patch(website, "time", SimpleNamespace(time=lambda: time.time() + 120))
        self.taken({**self.form(path), "consent_order_sms": "1"})
        self.assertIsNone(self.verdict(order.partner_id))

    def test_an_old_token_does_not_bring_back_old_words(self):
        values = self.address(consent_order_sms="1")
        notice = self.env.ref("consent_notify.notice_order_sms_en").copy({"label": "Text me."})
        notice.action_publish()
        with freeze_time("2099-01-01"):
            present = self.website._consent_items_read_sudo(values["consent_shown"], self.order(), self.anna, None)
        self.assertIsNone(present)
        order = self.taken(values)  # the page was opened before the words changed, and that is provable
        event = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "granted")])
        self.assertEqual(event.text_id.label, "Text me about my order, for example when it is ready.")

    def test_words_that_cannot_be_known_any_more(self):
        values = self.address(consent_order_sms="1")
        self.company.name = "Another Name"
        feedback = self.send(values)
        self.assertEqual(feedback["invalid_fields"], ["consent_order_sms"])
        self.taken(self.address(consent_order_sms="1"))

    def test_a_token_of_another_cart_is_not_genuine(self):
        token = self.address()["consent_shown"]
        other = self.env["sale.order"].create({"partner_id": self.anna.id, "website_id": self.website.id})
        self.company.name = "Another Name"  # so that the present words cannot vouch for it
        read = self.website._consent_items_read_sudo
        self.assertIsNone(read(token, other, self.env["res.partner"], None))

    def test_the_same_form_twice_is_one_answer(self):
        values = self.address(consent_order_sms="1")
        order = self.taken(values)
        self.taken({**values, "partner_id": order.partner_id.id})
        self.assertEqual(self.events(order), {**REFUSED, "order_sms": ["shown", "granted"]})

    def test_two_tabs_that_disagree(self):
        first, second = self.address(consent_order_sms="1"), self.address(consent_offer_sms="1")
        order = self.taken(first)
        self.taken({**second, "partner_id": order.partner_id.id})
        self.assertEqual(self.events(order)["offer_sms"][-1], "granted")
        self.assertEqual(self.events(order)["order_sms"][-1], "refused", "the later word counts")

    @mute_logger("odoo.http")
    def test_a_session_that_expires_meanwhile(self):
        values = self.address(consent_order_sms="1")
        self.authenticate(None, None)
        self.assertEqual(self.url_open("/shop/address/submit", data=values).status_code, 400)
        values["csrf_token"] = http.Request.csrf_token(self)
        self.assertLess(self.url_open("/shop/address/submit", data=values).status_code, 500)
        self.assertFalse(self.events(), "the cart is gone, and with it what was asked about it")

    @mute_logger("odoo.http")
    def test_fields_of_ten_megabytes(self):
        values = self.address()
        for name in ("consent_shown", "consent_order_sms", "phone", "consent_nothing"):
            answer = self.url_open("/shop/address/submit", data={**values, name: "9" * 10_000_000})
            self.assertLess(answer.status_code, 500, name)
        self.env.cr.execute("SELECT max(octet_length(e::text)) FROM consent_event e")
        self.assertLess(self.env.cr.fetchone()[0] or 0, 5_000)
        self.taken(self.address(consent_order_sms="1"))

    @mute_logger("odoo.http")
    def test_wrong_encodings(self):
        values = self.address()
        for wrong in (
            b"&consent_shown=\xff\xfe",
            b"&consent_order_sms=\xf0\x28",
            b"&consent_\xff=1",
            b"&%ff%fe=%c3%28&\x00=\x00",
        ):
            answer = self.url_open(
                "/shop/address/submit", data=urlencode(values).encode() + wrong,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )  # fmt: skip
            self.assertLess(answer.status_code, 500, wrong)
        self.assertNotIn("granted", {kind for kinds in self.events().values() for kind in kinds})

    def test_a_missing_notice_asks_nothing(self):
        self.env["consent.notice"].search([]).active = False
        values = self.form()
        self.assertFalse(self.block)
        self.assertNotIn("consent_shown", values)

    def test_contract_tells_and_has_no_box(self):
        self.order_sms.basis = "contract"
        values = self.address()
        self.assertFalse(self.block[0].xpath("//*[@id='consent_order_sms']"))
        self.assertIn("We text you about your order", self.block[0].text_content())
        order = self.taken(values)
        self.assertEqual(self.events()["order_sms"], ["shown"])
        self.assertIsNone(self.verdict(order.partner_id))

    def test_contract_can_be_declined_on_the_form(self):
        self.order_sms.basis = "contract"
        order = self.taken(self.address(consent_stop_order_sms="1"))
        self.assertEqual(self.events()["order_sms"], ["shown", "withdrawn"])
        self.assertEqual(self.verdict(order.partner_id), "consent_withdrawn")
        self.form(f"/shop/address?partner_id={order.partner_id.id}&address_type=billing")
        self.assertTrue(
            self.block[0].xpath("//*[@id='consent_order_sms']"), "whoever said no gets the box, not the statement"
        )


@tagged("post_install", "-at_install")
class TestCheckoutCustomer(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.customer = new_test_user(
            self.env,
            "consent_customer",
            groups="base.group_portal",
            email="customer@example.com",
            phone=NUMBER,
            street="1 Main",
            city="Ghent",
            zip="9000",
            country_id=self.belgium.id,
        ).partner_id
        self.authenticate("consent_customer", "consent_customer")
        self.put_in_cart()
        self.path = f"/shop/address?partner_id={self.customer.id}&address_type=billing"

    def test_a_first_answer(self):
        order = self.taken({**self.form(self.path), "consent_order_call": "1"})
        self.assertEqual(order.partner_id, self.customer)
        self.assertEqual(self.events(), {**REFUSED, "order_call": ["shown", "granted"]})

    def test_a_standing_yes_is_text_and_stays(self):
        self.answer(self.customer, "granted", order_name="S1")
        values = self.form(self.path)
        self.assertFalse(self.block[0].xpath(".//*[@id='consent_order_sms'][not(@disabled)]"))
        self.assertIn("Change", self.block[0].text_content())
        self.taken(values)
        self.assertEqual(self.events(), {**REFUSED, "order_sms": ["shown"]})
        self.assertIsNone(self.verdict(self.customer))
        self.taken(self.form(self.path))
        self.assertEqual(self.events()["order_sms"], ["shown"], "shown once for this order")

    def test_a_standing_yes_is_taken_back_by_change(self):
        self.answer(self.customer, "granted", order_name="S1")
        self.taken({**self.form(self.path), "consent_stop_order_sms": "1"})
        self.assertEqual(self.events()["order_sms"], ["shown", "withdrawn"])
        self.assertEqual(self.verdict(self.customer), "consent_withdrawn")
        self.taken({**self.form(self.path), "consent_order_sms": "1"})
        self.assertIsNone(self.verdict(self.customer), "and given again")

    def test_a_new_number_does_not_inherit_the_yes(self):
        self.answer(self.customer, "granted", order_name="S1")
        self.taken({**self.form(self.path), "phone": OTHER})
        self.assertEqual(self.verdict(self.customer, number=OTHER), "consent_missing")
        self.assertNotIn("order_sms", self.events(), "no box was shown for the new number")

    def test_a_new_number_is_asked_about_by_the_page(self):
        self.answer(self.customer, "granted", order_name="S1")
        self.taken({**self.form(self.path), "phone": OTHER, "consent_new_number": "1", "consent_order_sms": "1"})
        self.assertIsNone(self.verdict(self.customer, number=OTHER))
        self.assertEqual(self.events()["order_sms"], ["shown", "granted"])

    def test_taking_back_while_changing_the_number(self):
        self.answer(self.customer, "granted", order_name="S1")
        self.taken({**self.form(self.path), "phone": OTHER, "consent_stop_order_sms": "1"})
        self.assertEqual(self.verdict(self.customer), "consent_withdrawn")
        self.assertEqual(self.verdict(self.customer, number=OTHER), "consent_missing")

    def test_the_block_costs_few_queries(self):
        def queries():
            self.form(self.path)  # warms what is cached
            before = self.env.cr.sql_log_count
            self.form(self.path)
            return self.env.cr.sql_log_count - before

        with_block = queries()
        self.env["consent.notice"].search([]).active = False
        self.assertLessEqual(with_block - queries(), 2)


@tagged("post_install", "-at_install")
class TestDeliveryPhone(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.put_in_cart()
        self.taken(self.address(phone=""))

    def type_number(self, number, step="checkout"):
        page = self.page(f"/shop/{step}")
        [form] = page.xpath("//*[@id='delivery_phone']")
        return self.url_open("/shop/delivery_phone", data={**dict(form.form_values()), "phone": number})

    def test_nobody_is_asked_without_need(self):
        self.assertFalse(self.page("/shop/checkout").xpath("//*[@id='delivery_phone']"))
        self.assertFalse(self.page("/shop/payment").xpath("//*[@id='delivery_phone']"))

    def test_asked_on_the_delivery_step_and_before_payment(self):
        self.carrier.needs_phone = True
        self.assertTrue(self.page("/shop/checkout").xpath("//*[@id='delivery_phone']"))
        page = self.page("/shop/payment")
        self.assertTrue(page.xpath("//*[@id='delivery_phone']"))
        self.assertFalse(page.xpath("//*[@id='o_payment_form']"))
        self.assertIn("needs a phone number", page.xpath("//*[contains(@class, 'alert-danger')]")[0].text_content())
        answer = self.type_number("+32 470 12 34 56", "payment")
        self.assertTrue(answer.url.endswith("/shop/payment"))
        self.assertFalse(self.page("/shop/payment").xpath("//*[@id='delivery_phone']"))
        self.assertEqual(self.order().partner_shipping_id.phone, "+32 470 12 34 56")
        self.assertEqual(
            self.verdict(self.order().partner_id, number="+32470123456"), "consent_missing", "for the delivery only"
        )

    def test_the_field_says_who_keeps_the_number_and_retention_destroys_it(self):
        self.carrier.needs_phone = True
        [form] = self.page("/shop/checkout").xpath("//*[@id='delivery_phone']")
        words = " ".join(form.text_content().split())
        for part in (self.company.name, "carrying out this order", "12 months", "Twilio", "erase", self.company.phone):
            self.assertIn(part, words)
        self.type_number(OTHER)
        order = self.order()
        self.assertEqual(self.events(), {**REFUSED, "service": ["shown"]})
        event = self.env["consent.event"].search([("order_name", "=", order.name)], limit=1)
        self.assertIn(event.text_id.details, words)
        self.assertEqual(event.partner_id, order.partner_shipping_id)
        order.action_confirm()
        self.env["sms.sms"].search([]).unlink()
        self.env.flush_all()
        retention = self.env["consent.retention"]
        now = fields.Datetime.now()

        def destroyed(months):
            retention._destroy_due(order.partner_shipping_id.ids, now + relativedelta(months=months))
            self.env.invalidate_all()
            return not order.partner_shipping_id.phone

        self.assertFalse(destroyed(11))
        order._move_to_update_stage("delivered")
        self.env.flush_all()
        self.assertTrue(destroyed(13))
        self.assertEqual(self.events()["service"], ["shown"], "there was no yes that could expire")

    def test_a_wrong_number_is_told_on_the_same_step(self):
        self.carrier.needs_phone = True
        for step in ("checkout", "payment"):
            answer = self.type_number("12", step)
            self.assertIn(f"/shop/{step}?phone_problem=number", answer.url)
            self.assertIn("cannot be reached", answer.text)
        self.assertFalse(self.order().partner_shipping_id.phone)

    def test_payment_is_refused_on_the_server_too(self):
        self.page("/shop/checkout")
        self.carrier.needs_phone = True
        order = self.order()
        payload = {
            "access_token": order._portal_ensure_token(),
            "provider_id": None,
            "payment_method_id": None,
            "token_id": None,
            "amount": order.amount_total,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/shop/payment/validate",
        }
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"/shop/payment/transaction/{order.id}",
                data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": payload}),
                headers={"Content-Type": "application/json"},
            )
        self.assertIn("needs a phone number", answer.json()["error"]["data"]["message"])
