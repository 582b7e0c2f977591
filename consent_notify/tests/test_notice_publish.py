"""Publishing: somebody says what a change does, and customers are asked again or not."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from .checkout_common import CheckoutCommon
from .consent_common import NUMBER, ConsentCommon


@tagged("post_install", "-at_install")
class TestNoticePublish(ConsentCommon, TransactionCase):
    def setUp(self):
        super().setUp()
        self.first = self.env.ref("consent_notify.notice_order_sms_en")

    def wizard(self, **words):
        draft = self.first.copy(words)
        action = draft.action_open_publish()
        return self.env[action["res_model"]].with_context(**action["context"]).create({})

    def test_nothing_is_preselected(self):
        wizard = self.wizard(label="Text me.")
        self.assertFalse(wizard.change)
        with self.assertRaisesRegex(UserError, "Say what the change does"):
            wizard.action_publish()
        self.assertEqual(wizard.notice_id.state, "draft")
        self.assertEqual([key for key, _label in wizard._fields["change"].selection], ["material", "wording"])

    def test_old_and_new_words_are_shown(self):
        wizard = self.wizard(label="Text me <b>twice</b> about my order, for example when it is ready.")
        self.assertEqual(wizard.replaced_id, self.first)
        self.assertIn("Text me<ins> &lt;b&gt;twice&lt;/b&gt;</ins> about", str(wizard.changes))
        self.assertNotIn("<b>", str(wizard.changes))
        self.assertEqual(str(wizard.changes).count("<h6>"), 1, "only what differs")
        self.assertFalse(self.wizard().changes)
        elsewhere = self.wizard(lang="fr_FR")
        self.assertFalse(elsewhere.replaced_id)
        self.assertEqual(str(elsewhere.changes).count("<h6>"), 4, "the first of their kind are all new")

    def test_what_was_said_stands_on_the_version(self):
        for version, change in enumerate(("material", "wording"), 2):
            wizard = self.wizard(label=f"Text me. {change}")
            wizard.change = change
            wizard.action_publish()
            notice = wizard.notice_id
            self.assertEqual((notice.version, notice.change, notice.state), (version, change, "published"))
            self.assertTrue(notice.published_at and notice.is_intact)

    def test_a_program_that_says_nothing_asks_again(self):
        draft = self.first.copy({"label": "Text me."})
        draft.action_publish()
        self.assertEqual(draft.change, "material")

    def test_two_drafts_published_at_once_are_not_one_version(self):
        second, third = self.first.copy(), self.first.copy()
        second.action_publish()
        published = type(third)._published
        # What the other transaction of the moment sees.
        self.patch(type(third), "_published", lambda notice: published(notice) - second)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught:
            third.action_publish()
            self.env.flush_all()
        self.assertIn("Somebody published words", third._sql_error_to_message(caught.exception))

    def test_an_older_version_s_words_come_back(self):
        wizard = self.wizard(label="A mistake.")
        wizard.change = "wording"
        wizard.action_publish()
        again = self.env["consent.notice"].browse(self.first.action_new_version()["res_id"])
        self.assertEqual((again.label, again.state, again.change), (self.first.label, "draft", False))
        again.action_publish()
        self.assertEqual(again.version, 3)
        pairs = self.env["consent.notice"]._words_sudo(self.company, None, "en_US")
        self.assertEqual(pairs[0][0].notice_id, again.id)

    def test_only_managers_publish(self):
        user = new_test_user(self.env, "words_user", groups="base.group_user,consent_notify.group_user")
        draft = self.first.copy({"label": "Text me."})
        with self.assertRaises(Exception):  # noqa: B017 — an AccessError, whichever model says it first
            self.env["consent.notice.publish"].with_user(user).create({"notice_id": draft.id})

    def test_the_form_opens_for_a_manager(self):
        manager = new_test_user(self.env, "words_manager", groups="base.group_user,consent_notify.group_manager")
        notices = self.env["consent.notice"].with_user(manager)
        with Form(notices, "consent_notify.consent_notice_view_form") as form:
            form.purpose_id, form.lang = self.order_sms.with_user(manager), "en_US"
            form.intro, form.label, form.details = "Phone is optional.", "Text me when ready.", "{company}"
            self.assertIn("Text me when ready.", form.preview_html)
            self.assertIn("Which sender is genuine", form.hints)
        action = form.record.action_open_publish()
        wizard = self.env[action["res_model"]].with_user(manager).with_context(**action["context"]).create({})
        wizard.change = "wording"
        wizard.action_publish()
        self.assertEqual(form.record.state, "published")


@tagged("post_install", "-at_install")
class TestAskedAgain(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.customer = new_test_user(
            self.env,
            "words_customer",
            groups="base.group_portal",
            email="customer@example.com",
            phone=NUMBER,
            street="1 Main",
            city="Ghent",
            zip="9000",
            country_id=self.belgium.id,
        ).partner_id
        self.authenticate("words_customer", "words_customer")
        self.put_in_cart()
        self.path = f"/shop/address?partner_id={self.customer.id}&address_type=billing"
        self.taken({**self.form(self.path), "consent_order_sms": "1"})
        self.first = self.env.ref("consent_notify.notice_order_sms_en_eu")

    # ------------------------------------------------------------ on the payment step, where most customers come by

    def asked_at_payment(self):
        """Return the block's form as an untouched browser would send it, for an order later on; or None."""
        self.order().state = "sale"  # the one before, whose address form was filled in
        self.product.list_price = 0.0  # so that no payment provider is needed
        self.website.company_id.account_sale_tax_id = False
        self.env.flush_all()
        self.put_in_cart()
        self.page("/shop/checkout")  # chooses a delivery
        found = self.page("/shop/payment").xpath("//*[@id='consent_ask']//form")
        self.assertEqual(self.last_path, "/shop/payment", "with a full address nobody is sent to the address form")
        self.block = found
        return dict(found[0].form_values()) if found else None

    def send_answer(self, values, **more):
        return self.url_open("/shop/consent", data={**values, **more}, allow_redirects=False)

    def test_after_a_wording_fix_the_payment_step_asks_nothing(self):
        self.publish(self.first, "wording")
        self.assertIsNone(self.asked_at_payment())

    def test_the_payment_step_asks_again_and_the_yes_goes_on(self):
        notice = self.publish(self.first, "material")
        values = self.asked_at_payment()
        self.assertEqual(self.block[0].xpath(".//input[@type='checkbox']/@name"), ["consent_order_sms"])
        self.assertFalse(self.block[0].xpath(".//input[@checked]"))
        self.assertIn("an answer without this tick ends your yes", self.block[0].text_content())
        self.assertIsNone(self.verdict(self.customer))
        self.send_answer(values, consent_order_sms="1")
        self.send_answer(values, consent_order_sms="1")
        self.assertEqual(self.events(), {"order_sms": ["shown", "granted"]}, "the others were answered before")
        event = self.env["consent.event"].search([("kind", "=", "granted")], order="id desc", limit=1)
        self.assertEqual(event.notice_id, notice)
        self.assertIsNone(self.verdict(self.customer))
        self.assertFalse(self.page("/shop/payment").xpath("//*[@id='consent_ask']//form"), "answered, it stands")
        self.env["consent.event"]._withdraw_sudo(self.customer, self.company, self.order_sms, "link")
        self.send_answer(values, consent_order_sms="1")
        self.assertEqual(self.verdict(self.customer), "consent_withdrawn", "an old form brings no yes back")

    def test_saved_at_the_payment_step_without_the_tick_it_ends(self):
        self.publish(self.first, "material")
        self.send_answer(self.asked_at_payment())
        self.assertEqual(self.events(), {"order_sms": ["shown", "refused"]})
        self.assertEqual(self.verdict(self.customer), "consent_refused")
        self.assertIsNone(self.asked_at_payment())

    def test_passed_by_at_the_payment_step_it_goes_on_and_is_asked_at_the_next(self):
        self.publish(self.first, "material")
        self.assertTrue(self.asked_at_payment())
        form, *_again = self.page("/shop/payment").xpath("//form[@name='o_wsale_confirm_order']")
        self.assertEqual(self.url_open("/shop/payment/validate", data=dict(form.form_values())).status_code, 200)
        self.assertEqual(self.order().state, "sale")
        self.assertEqual(self.events(), {"order_sms": ["shown"]})
        self.assertIsNone(self.verdict(self.customer))
        self.assertTrue(self.asked_at_payment(), "passed by is no answer")

    # ------------------------------------------------------------ on the address form

    def publish(self, notice, change, **words):
        draft = notice.copy({"label": "Text me about my order and about its care.", **words})
        draft.write({"state": "published", "change": change})
        return draft

    def asked(self):
        values = self.form(self.path)
        return bool(self.block[0].xpath(".//*[@id='consent_order_sms'][not(@disabled)]")), values

    def test_a_yes_stands_after_a_wording_fix(self):
        self.publish(self.first, "wording")
        self.assertFalse(self.asked()[0])

    def test_a_material_change_asks_again_and_sends_meanwhile(self):
        self.publish(self.first, "material")
        asked, values = self.asked()
        self.assertTrue(asked)
        self.assertIn("without a tick your yes ends", self.block[0].text_content())
        self.assertFalse(self.block[0].xpath(".//input[@checked]"))
        self.assertIsNone(self.verdict(self.customer), "until then the yes holds for what was shown")
        self.taken({**values, "consent_order_sms": "1"})
        self.assertFalse(self.asked()[0], "answered, it stands")
        self.assertIsNone(self.verdict(self.customer))

    def test_a_material_change_not_agreed_to_is_a_no(self):
        self.publish(self.first, "material")
        self.taken(self.asked()[1])
        self.assertEqual(self.verdict(self.customer), "consent_refused")

    def test_a_wording_fix_after_a_material_change_still_asks(self):
        second = self.publish(self.first, "material")
        self.publish(second, "wording", label="Text me about my order, and its care.")
        asked, values = self.asked()
        self.assertTrue(asked)
        self.taken({**values, "consent_order_sms": "1"})
        self.assertFalse(self.asked()[0])

    def test_other_words_of_the_shop_ask_by_their_time(self):
        own = {"company_id": self.company.id}
        self.publish(self.first, "wording", **own)
        self.assertFalse(self.asked()[0], "other words, but no other meaning")
        # In a test all of it happens in one second: the answer was given before.
        other = self.publish(self.first, "material", **own)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE consent_notice SET published_at = published_at + interval '1 hour' WHERE id = %s", [other.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertTrue(self.asked()[0])
