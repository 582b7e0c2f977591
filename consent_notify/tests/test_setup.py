from unittest.mock import Mock, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..models.consent_setup import STEPS
from ..models.res_config_settings import ResConfigSettings
from ..wizards.recovery_kit import SAVED
from .consent_common import sign

MANAGER = "base.group_user,consent_notify.group_manager"


@tagged("post_install", "-at_install")
class TestSetup(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "My Company", "country_id": cls.env.ref("base.be").id})
        cls.manager = new_test_user(
            cls.env,
            "setup_manager",
            groups=MANAGER,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
            phone="+32 470 12 34 56",
        )
        cls.env["ir.config_parameter"].set_param(SAVED, False)
        cls.env["res.partner"].search([("customer_rank", ">", 0)]).customer_rank = 0  # of the other company

    def setup_page(self):
        return self.env["consent.setup"].with_user(self.manager).with_company(self.company).create({})

    def done(self):
        setup = self.setup_page()
        return {step for step in STEPS if setup[f"{step}_done"]}

    def test_a_fresh_shop_has_everything_before_it(self):
        setup = self.setup_page()
        self.assertEqual(self.done(), {"customers"}, "nobody has ordered from this company yet")
        self.assertEqual(setup.summary, "1 of 6 done")
        self.assertEqual(setup.progress, 17)
        self.assertTrue(all(setup[f"{step}_text"] for step in STEPS))

    def test_each_line_follows_its_own_truth(self):
        self.company.name = "Atelier Iva"
        self.assertIn("shop", self.done())
        self.env["consent.processor"].search([]).active = False
        self.company.sms_provider = "twilio"
        self.assertNotIn("provider", self.done(), "no text leaves without an agreement")
        self.assertIn("no valid agreement", self.setup_page().provider_text)
        sign(self.env, sms_provider="twilio")
        self.assertIn("provider", self.done())
        self.env["consent.recovery.kit"].with_user(self.manager)._export("four unrelated words", "four unrelated words")
        self.assertIn("kit", self.done())
        with patch.object(
            type(self.env["res.users"]), "_compute_totp_enabled", lambda users: users.update({"totp_enabled": True})
        ):
            self.manager.invalidate_recordset(["totp_enabled"])
            self.assertIn("totp", self.done())

    def test_customers_without_an_answer_are_counted_until_looked_at(self):
        customer = self.env["res.partner"].create({"name": "Zoe", "phone": "+32 470 65 43 21"})
        self.env["sale.order"].create({"partner_id": customer.id, "company_id": self.company.id, "state": "sent"})
        self.assertNotIn("customers", self.done())
        setup = self.setup_page()
        self.assertIn("1 customers", setup.customers_text)
        action = setup.action_customers()
        Partner = self.env["res.partner"].with_user(self.manager).with_company(self.company)
        self.assertEqual(Partner.search([("consent_unanswered", "=", True)]), customer)
        self.assertTrue(customer.with_user(self.manager).with_company(self.company).consent_unanswered)
        self.assertIn("consent_unanswered", action["domain"])
        self.assertIn("customers", self.done())
        other = self.env["res.company"].create({"name": "Other Shop"})
        self.env["sale.order"].create({"partner_id": customer.id, "company_id": other.id, "state": "sent"})
        self.manager.company_ids += other
        setup = self.setup_page().with_company(other).create({})
        self.assertFalse(setup.customers_done, "seen before one company is not seen before another")

    def test_the_app_opens_on_the_checklist_until_it_is_done(self):
        Setup = self.env["consent.setup"].with_user(self.manager).with_company(self.company)
        self.assertEqual(Setup.action_open_app()["res_model"], "consent.setup")
        with patch.object(type(Setup), "_is_complete", lambda self: True):
            self.assertEqual(Setup.action_open_app()["res_model"], "order.update")
        clerk = new_test_user(self.env, "setup_clerk", groups="base.group_user,consent_notify.group_user")
        self.assertEqual(Setup.with_user(clerk).action_open_app()["res_model"], "order.update")

    def test_the_app_action_runs_for_every_role_of_ours(self):
        action = self.env.ref("consent_notify.consent_app_action")
        for group, model in (("user", "order.update"), ("officer", "order.update"), ("manager", "consent.setup")):
            user = new_test_user(self.env, f"app_{group}", groups=f"base.group_user,consent_notify.group_{group}")
            self.assertEqual(action.with_user(user).run()["res_model"], model)
            menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertIn(self.env.ref("consent_notify.menu_root").id, menus)
        stranger = new_test_user(self.env, "app_stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            action.with_user(stranger).run()
        menus = self.env["ir.ui.menu"].with_user(stranger)._visible_menu_ids()
        self.assertNotIn(self.env.ref("consent_notify.menu_root").id, menus)

    def test_a_test_sms_goes_to_oneself_only(self):
        wizard = self.env["consent.test.sms"].with_user(self.manager).with_company(self.company).create({})
        self.assertTrue(wizard.is_sandbox)
        other = self.env["consent.test.sms"].create({})
        with self.assertRaises(UserError):
            other.with_user(self.manager).sudo().action_send()
        wizard.action_send()
        notification = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.manager.partner_id.id), ("notification_type", "=", "sms")]
        )
        notification.notification_status = "process"
        self.assertNotIn("sms", self.done(), "the provider has not answered yet")
        notification.notification_status = "ready"
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()
        message = self.env["sandbox.message"].search([("partner_id", "=", self.manager.partner_id.id)])
        self.assertEqual(len(message), 1)
        self.assertIn("My Company", message.body)
        self.assertIn("sms", self.done())

    def test_the_form_of_the_test_sms_opens(self):
        Wizard = self.env["consent.test.sms"].with_user(self.manager)
        field = Wizard.get_views([(False, "form")])["models"]["consent.test.sms"]["fields"]["phone"]
        self.assertFalse(field["sortable"])
        self.assertFalse(Wizard.fields_get(["phone"])["phone"]["groupable"])

    def test_a_test_sms_without_a_number_asks_for_one(self):
        self.manager.partner_id.phone = False
        wizard = self.env["consent.test.sms"].with_user(self.manager).create({})
        with self.assertRaises(UserError):
            wizard.action_send()
        wizard.phone = "+32 470 99 88 77"
        self.assertEqual(self.manager.partner_id.phone, "+32 470 99 88 77")
        wizard.flush_recordset()
        self.env.cr.execute("SELECT * FROM consent_test_sms WHERE id = %s", [wizard.id])
        self.assertNotIn("phone", self.env.cr.dictfetchone())


@tagged("post_install", "-at_install")
class TestLogSettings(TransactionCase):
    def leaks(self):
        return {name for name, _value, _quiet in ResConfigSettings._log_leaks(self.env["res.config.settings"])}

    def test_a_proxy_that_odoo_does_not_know_is_named(self):
        def seen(**environ):
            with patch(f"{ResConfigSettings.__module__}.request", Mock(httprequest=Mock(environ=environ))):
                return self.env["res.config.settings"].new({}).consent_proxy_off

        self.assertTrue(seen(HTTP_X_FORWARDED_FOR="198.51.100.7"))
        self.assertTrue(seen(HTTP_X_REAL_IP="198.51.100.7"))
        believed = {"HTTP_X_FORWARDED_FOR": "198.51.100.7", "werkzeug.proxy_fix.orig": {}}
        self.assertFalse(seen(**believed))
        self.assertFalse(seen(REMOTE_ADDR="198.51.100.7"))
        self.assertFalse(self.env["res.config.settings"].new({}).consent_proxy_off)

    def test_settings_that_log_statements_are_named_with_their_cure(self):
        self.env.cr.execute("SET LOCAL log_statement = 'none'; SET LOCAL log_min_error_statement = 'panic'")
        self.env.cr.execute("SET LOCAL log_min_duration_statement = -1; SET LOCAL log_error_verbosity = 'terse'")
        self.assertFalse(self.leaks())
        self.env.cr.execute("SET LOCAL log_statement = 'mod'; SET LOCAL log_min_error_statement = 'error'")
        self.env.cr.execute("SET LOCAL log_min_duration_statement = 250; SET LOCAL log_error_verbosity = 'default'")
        self.assertEqual(
            self.leaks(),
            {"log_statement", "log_min_error_statement", "log_min_duration_statement", "log_error_verbosity"},
        )
        settings = self.env["res.config.settings"].new({})
        self.assertIn("log_statement is mod", settings.consent_log_leaks)
        self.assertIn("ALTER SYSTEM SET log_statement = 'none';", settings.consent_log_commands)
        self.assertIn("ALTER SYSTEM SET log_error_verbosity = 'terse';", settings.consent_log_commands)
