from odoo.tests import HttpCase, new_test_user, tagged

from .consent_common import OTHER
from .orders_common import OrdersCommon

STATES = {"order_sms": "yes", "order_call": "no", "offer_sms": "unasked"}


@tagged("post_install", "-at_install")
class TestConsentBadges(OrdersCommon, HttpCase):
    """Beside each number on a form stands what it may be used for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.group_ids += cls.env.ref("base.group_partner_manager")
        cls.anna.user_id = cls.clerk
        cls.order = cls.make_order()
        cls.answer(cls.anna, "granted")
        cls.answer(cls.anna, "refused", cls.order_call)

    def states(self, record, user=None):
        [vals] = record.with_user(user or self.clerk).web_read({"consent_badges": {}})
        return {badge["code"]: badge["state"] for badge in vals["consent_badges"]["badges"]}

    def test_contact_and_order_say_the_same_answers(self):
        self.assertEqual(self.states(self.anna), STATES)
        self.assertEqual(self.states(self.order), STATES)
        [badge] = [b for b in self.order.consent_badges["badges"] if b["code"] == "order_sms"]
        self.assertEqual((badge["name"], badge["words"]), ("Order updates by SMS", "yes"))
        self.assertRegex(badge["title"], r"^Order updates by SMS: yes, since .+, Checkout, S00001$")
        [vals] = self.order.with_user(self.clerk).web_read({"customer_phone": {}})
        self.assertRegex(vals["customer_phone"], r"^\+7 ••• ••• 45 67 #")

    def test_the_latest_answer_counts_and_another_number_has_none(self):
        self.answer(self.anna, "withdrawn")
        self.answer(self.anna, "expired", self.order_call)
        self.answer(self.anna, "granted", self.offer_sms)
        self.assertEqual(
            self.states(self.anna), {"order_sms": "withdrawn", "order_call": "expired", "offer_sms": "yes"}
        )
        self.anna.phone = OTHER
        self.assertEqual(set(self.states(self.anna).values()), {"unasked"})
        self.order_call.basis = "contract"
        self.answer(self.anna, "shown", self.order_call)
        self.assertEqual(self.states(self.order)["order_call"], "told")

    def test_a_yes_that_may_not_be_used_says_why(self):
        self.company.consent_confirm = True
        self.answer(self.anna, "granted", self.offer_sms)
        self.anna.is_minor = True
        states = {"order_sms": "code", "order_call": "no", "offer_sms": "minor"}
        for record in (self.anna, self.order):
            record.invalidate_recordset()
            self.assertEqual(self.states(record), states)

    def test_a_colleagues_customer_shows_no_answers_rather_than_wrong_ones(self):
        stranger = new_test_user(self.env, "badges_stranger", "sales_team.group_sale_salesman")
        self.assertEqual(self.states(self.anna, stranger), {})
        officer = new_test_user(self.env, "badges_officer", "consent_notify.group_officer")
        self.assertEqual(self.states(self.anna, officer), STATES)

    def test_queries_do_not_grow_with_the_records(self):
        partners = self.make_customers(30)
        self.env["sale.order"].create([{"partner_id": partner.id} for partner in partners])

        def count(model, records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env[model].browse(records.ids).mapped("consent_badges")
            return self.cr.sql_log_count - before

        for records in (partners, partners.sale_order_ids):
            count(records._name, records[:1])
            self.assertEqual(count(records._name, records), count(records._name, records[:2]), records._name)

    def test_lists_ask_for_no_badges(self):
        for model in ("res.partner", "sale.order"):
            arch = self.env[model].get_view(view_type="list")["arch"]
            self.assertNotIn("consent_badges", arch)
            self.assertNotIn("customer_phone", arch)

    def test_the_forms_show_them(self):
        # Debian's Odoo comes without this library of the video calls, which a browser hears of as an error.
        self.env["ir.asset"].create(
            {
                "name": "No video calls",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
            }
        )
        self.start_tour(f"/odoo/res.partner/{self.anna.id}", "consent_notify_badges_contact", login="orders_clerk")
        self.start_tour(f"/odoo/sale.order/{self.order.id}", "consent_notify_badges_order", login="orders_clerk")
