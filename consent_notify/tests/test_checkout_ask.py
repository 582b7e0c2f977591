from odoo import http
from odoo.http import root
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .checkout_common import CODES, CheckoutCommon
from .consent_common import NUMBER, OTHER

ASK = "//*[@id='consent_ask']//form"
NO = {code: ["shown", "refused"] for code in CODES}


class AskCommon(CheckoutCommon):
    def setUp(self):
        super().setUp()
        self.product.list_price = 0.0  # so that no payment provider is needed
        self.website.company_id.account_sale_tax_id = False
        self.customer = new_test_user(
            self.env, "asked", "base.group_portal", name="Ada", email="ada@example.com", phone=NUMBER, street="12 Elm",
            city="Ghent", zip="9000", country_id=self.belgium.id,
        ).partner_id  # fmt: skip

    def sign_in(self):
        self.authenticate("asked", "asked")
        self.put_in_cart()

    def asked(self, path="/shop/payment"):
        """Return the form of the block as an untouched browser would send it, or None."""
        found = self.page(path).xpath(ASK)
        if not found:
            return None
        return {n: v for n, v in found[0].form_values() if not found[0].inputs[n].get("disabled")}

    def post(self, values, **more):
        answer = self.url_open("/shop/consent", data={**values, **more}, allow_redirects=False)
        return answer.status_code, answer.headers.get("Location", "")

    def confirm(self):
        self.page("/shop/checkout")  # chooses a delivery
        form = self.page("/shop/payment").xpath("//form[@name='o_wsale_confirm_order']")[0]
        answer = self.url_open("/shop/payment/validate", data=dict(form.form_values()))
        self.assertEqual(answer.status_code, 200)


@tagged("post_install", "-at_install")
class TestPaymentAsk(AskCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.sign_in()

    def test_a_saved_number_is_asked_about(self):
        page = self.page("/shop/payment")
        [form] = page.xpath(ASK)
        boxes = form.xpath(".//input[@type='checkbox']")
        self.assertEqual([box.get("name") for box in boxes], [f"consent_{code}" for code in CODES])
        self.assertFalse([box for box in boxes if box.get("checked") is not None])
        self.assertFalse(form.xpath("ancestor::form"), "a form of its own, which holds up no other")
        status, location = self.post(self.asked(), consent_order_sms="1")
        self.assertEqual(status, 303)
        self.assertTrue(location.endswith("/shop/payment?consent=saved#consent_ask"))
        self.assertEqual(self.events(), {**NO, "order_sms": ["shown", "granted"]})
        self.assertIsNone(self.verdict(self.customer))
        page = self.page("/shop/payment?consent=saved")
        self.assertFalse(page.xpath(ASK), "nobody is asked twice")
        self.assertIn("your answer is kept", page.xpath("//*[@id='consent_ask']")[0].text_content())

    def test_passed_by_is_only_shown(self):
        self.asked()
        self.assertFalse(self.events(), "looking at the page is no step")
        self.confirm()
        self.assertEqual(self.events(), {code: ["shown"] for code in CODES})
        self.assertEqual(self.order().state, "sale")
        self.assertEqual(self.verdict(self.customer), "consent_missing")
        self.assertIsNone(self.asked("/shop/confirmation"), "nobody is asked twice about one order")

    def test_what_was_refused_is_not_asked_again(self):
        self.answer(self.customer, "refused", order_name="S1")
        self.assertNotIn("order_sms", self.asked()["consent_shown"])
        page = self.page("/shop/payment")
        boxes = page.xpath(f"{ASK}//input[@type='checkbox']")
        self.assertEqual([box.get("name") for box in boxes], ["consent_order_call", "consent_offer_sms"])

    def test_without_a_number_nothing_is_asked(self):
        self.customer.phone = False
        self.assertIsNone(self.asked())

    def test_an_answer_after_the_order_went_through(self):
        values = self.asked()
        self.confirm()
        self.post(values, consent_order_sms="1")
        self.assertEqual(self.events()["order_sms"], ["shown", "granted"])

    def test_sent_twice_and_in_two_tabs(self):
        values = self.asked()
        for _click in range(2):
            self.post(values, consent_order_sms="1")
        self.assertEqual(self.events()["order_sms"], ["shown", "granted"])
        self.post(values)
        self.assertEqual(self.events()["order_sms"], ["shown", "granted", "refused"], "the later word counts")

    def test_a_replay_never_brings_a_withdrawn_yes_back(self):
        values = self.asked()
        self.post(values, consent_order_sms="1")
        self.env["consent.event"]._withdraw_sudo(self.customer, self.company, self.order_sms, "link")
        self.post(values, consent_order_sms="1")
        self.assertEqual(self.verdict(self.customer), "consent_withdrawn")

    def test_a_form_of_the_old_number(self):
        values = self.asked()
        self.customer.phone = OTHER
        self.post(values, consent_order_sms="1")
        self.assertEqual(self.verdict(self.customer, number=OTHER), "consent_missing", "asked about another number")

    def test_bad_forms_leave_nothing(self):
        good = self.asked()["consent_shown"]
        seconds, items, mac = good.split(".")
        for token in ("", "x", good[:-1], f"{seconds}..{mac}", f"{seconds}.{items.replace('b', 's', 1)}.{mac}", "\x00",
                      "é" * 9000, "%ff%fe", "1" * 2_000_000):  # fmt: skip
            status, location = self.post(self.asked(), consent_shown=token, consent_order_sms="1")
            self.assertEqual((status, "consent=again" in location), (303, True), token[:20])
        body = (
            b"csrf_token="
            + self.asked()["csrf_token"].encode()
            + b"&consent_shown=\xff\xfe&step=\xf0\x28&consent_\xff=1"
        )
        answer = self.url_open(
            "/shop/consent", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"},
            allow_redirects=False,
        )  # fmt: skip
        self.assertIn(answer.status_code, (303, 400))
        answer = self.url_open(
            "/shop/consent", data={"csrf_token": self.asked()["csrf_token"]}, files={"consent_shown": b"x"},
            allow_redirects=False,
        )  # fmt: skip
        self.assertEqual(answer.status_code, 303)
        self.assertFalse(self.events())

    @mute_logger("odoo.http")
    def test_only_a_post_of_our_own_page_counts(self):
        values = self.asked()
        self.assertIn(self.url_open("/shop/consent?consent_order_sms=1", allow_redirects=False).status_code, (404, 405))
        del values["csrf_token"]
        self.assertEqual(self.post(values, consent_order_sms="1")[0], 400)
        self.assertFalse(self.events())

    def test_purposes_on_the_contract_are_told(self):
        self.order_sms.basis = "contract"
        values = self.asked()
        self.post(values, consent_stop_order_sms="1", consent_order_sms="1")
        self.assertEqual(self.events()["order_sms"], ["shown", "withdrawn"])

    def test_who_passed_the_boxes_by_is_told_when_there_is_a_contract(self):
        self.confirm()
        self.env["consent.notice"].search([("purpose_id", "=", self.offer_sms.id)]).active = False
        (self.order_sms + self.order_call).basis = "contract"
        self.assertEqual(self.verdict(self.customer), "consent_missing", "a box passed by told nothing of it")
        self.put_in_cart()
        self.assertTrue(self.asked())
        self.confirm()
        self.assertEqual(self.events(), {"order_sms": ["shown"], "order_call": ["shown"]})
        self.assertIsNone(self.verdict(self.customer))
        self.put_in_cart()
        self.assertIsNone(self.asked(), "what was told once is not told again")


@tagged("post_install", "-at_install")
class TestConfirmationAsk(AskCommon, HttpCase):
    """After an express checkout, which has no form to ask on."""

    def express(self):
        self.put_in_cart()
        address = {"name": "Ada", "email": "ada@example.com", "phone": NUMBER, "street": "12 Elm", "street2": "",
                   "city": "Ghent", "zip": "9000", "country": "BE", "state": ""}  # fmt: skip
        self.make_jsonrpc_request("/shop/express_checkout", {"billing_address": address})
        order = self.order()
        order.with_context(send_email=False)._validate_order()
        return order

    def test_a_guest_is_asked_after_the_order(self):
        order = self.express()
        self.assertFalse(self.events(order), "an express checkout asks nothing")
        values = self.asked("/shop/confirmation")
        status, location = self.post(values, consent_offer_sms="1")
        self.assertEqual((status, location.endswith("/shop/confirmation?consent=saved#consent_ask")), (303, True))
        self.assertEqual(self.events(order), {**NO, "offer_sms": ["shown", "granted"]})
        self.assertIsNone(self.verdict(order.partner_id, self.offer_sms))
        self.assertIsNone(self.asked("/shop/confirmation"))

    def test_seen_and_left(self):
        order = self.express()
        values = self.asked("/shop/confirmation")
        for _again in range(2):
            self.assertEqual(self.post(values, consent_seen="1", consent_order_sms="1")[0], 204)
        self.assertEqual(self.events(order), {code: ["shown"] for code in CODES})
        self.post(values, consent_order_sms="1")
        self.assertEqual(self.events(order)["order_sms"], ["shown", "granted"], "and answered after all")

    def test_another_session_is_not_asked_and_not_heard(self):
        order = self.express()
        values = self.asked("/shop/confirmation")
        session = self.authenticate(None, None)
        session["sale_last_order_id"] = order.id
        root.session_store.save(session)
        self.assertIsNone(self.asked("/shop/confirmation"), "whoever gets at the order's page is not the customer")
        values["csrf_token"] = http.Request.csrf_token(self)
        self.assertEqual(self.post(values, consent_order_sms="1")[0], 303)
        self.assertFalse(self.events(order))

    def test_the_cart_of_somebody_else_s_customer(self):
        """Staff put another customer on a guest's cart: its session answers for nobody."""
        self.authenticate(None, None)
        self.put_in_cart()
        self.order().partner_id = self.anna
        self.assertIsNone(self.asked())
        items = self.website._consent_ask_form_sudo(self.order())
        values = {"csrf_token": http.Request.csrf_token(self), "consent_shown": items["token"]}
        self.post(values, consent_order_sms="1")
        self.assertFalse(self.events())

    def test_a_form_of_another_order(self):
        values = {}
        for _order in range(2):
            order = self.express()
            values = values or self.asked("/shop/confirmation")
        status, location = self.post(values, consent_order_sms="1")
        self.assertEqual((status, "consent=again" in location), (303, True))
        self.assertFalse(self.events(order))
