from odoo.tests import TransactionCase, new_test_user, tagged

from .consent_common import OTHER, ConsentCommon

USER = "consent_notify.group_user,sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestSeeing(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "seeing", USER)
        partners = [{"name": f"Customer {n}", "phone": f"+7916123450{n}"} for n in range(6)]
        cls.partners = cls.env["res.partner"].create(partners)
        cls.orders = cls.env["sale.order"].create([{"partner_id": partner.id} for partner in cls.partners])

    def summary(self, record):
        record.invalidate_recordset()
        return record.with_user(self.user).consent_summary

    def test_badges(self):
        order = self.env["sale.order"].create({"partner_id": self.anna.id})
        for record in (self.anna, order):
            self.assertEqual(self.summary(record), "open")
        self.answer(self.anna, "shown")
        self.assertEqual(self.summary(order), "open", "what was only shown is no answer")
        self.answer(self.anna, "refused")
        self.assertEqual(self.summary(order), "no")
        self.answer(self.anna, "granted", self.order_call)
        for record in (self.anna, order):
            self.assertEqual(self.summary(record), "yes")
            self.assertEqual(record.with_user(self.user).consent_count, 1)
        self.assertEqual(order.with_user(self.user).consent_words, self.order_call.name)
        self.anna.phone = OTHER
        self.assertEqual(self.summary(self.anna), "open", "another number starts anew")
        self.anna.phone = False
        self.assertFalse(self.summary(self.anna), "nothing to ask about")
        self.assertFalse(self.summary(order))

    def test_a_yes_that_may_not_be_used_yet_is_no_no(self):
        order = self.env["sale.order"].create({"partner_id": self.anna.id})
        self.company.consent_confirm = True
        self.answer(self.anna, "granted")
        self.answer(self.anna, "refused", self.order_call)
        for record in (self.anna, order):
            self.assertEqual(self.summary(record), "code")
        self.company.consent_confirm = False
        self.assertEqual(self.summary(order), "yes")
        self.answer(self.anna, "withdrawn")
        self.answer(self.anna, "granted", self.offer_sms)
        self.anna.is_minor = True
        for record in (self.anna, order):
            self.assertEqual(self.summary(record), "minor")
        self.company.consent_confirm = True
        self.assertEqual(self.summary(order), "minor", "no code would help")
        self.answer(self.anna, "withdrawn", self.offer_sms)
        self.assertEqual(self.summary(order), "no")

    def test_answers_before_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other Shop"})
        self.answer(self.anna, "granted")
        self.user.company_ids += other
        self.anna.invalidate_recordset()
        partner = self.anna.with_user(self.user)
        self.assertEqual(partner.consent_summary, "yes")
        self.assertEqual(partner.with_company(other).consent_summary, "open")

    def test_a_page_costs_one_query(self):
        for partner in self.partners:
            self.answer(partner, "granted")
        for records, queries in ((self.partners, 1), (self.orders, 2)):
            records = records.with_user(self.user)
            records[0].consent_summary  # noqa: B018  (rights and translations are cached)
            self.env.invalidate_all()
            records.mapped("display_name")
            if records._name == "sale.order":
                records.mapped("partner_id.name")
            before = self.env.cr.sql_log_count
            self.assertEqual(records.mapped("consent_summary"), ["yes"] * 6)
            self.assertLessEqual(self.env.cr.sql_log_count - before, queries)

    def test_smart_buttons_open_the_customers_answers(self):
        event = self.answer(self.anna, "granted")
        self.anna.user_id = self.user
        order = self.env["sale.order"].create({"partner_id": self.anna.id})
        for record in (self.anna, order):
            action = record.with_user(self.user).action_view_consents()
            found = self.env[action["res_model"]].with_user(self.user).search(action["domain"])
            self.assertEqual(found.event_id, event)

    def test_which_words_convince(self):
        wording = self.env["consent.wording"]
        for number, kind in enumerate(["granted", "granted", "refused", None]):
            self.answer(self.partners[number], "shown")
            if kind:
                self.answer(self.partners[number], kind)
        self.answer(self.partners[0], "withdrawn")
        self.env.ref("consent_notify.notice_order_sms_en").copy({"label": "Text me."}).action_publish()
        self.answer(self.partners[4], "granted", source="counter")
        domain = [("purpose_id", "=", self.order_sms.id), ("notice_id.lang", "=", "en_US")]
        ours = [*domain, ("time", ">=", self.env.cr.now().replace(microsecond=0))]
        rows = wording._read_group(ours, ["notice_id"], ["yes_rate:avg", "__count"])
        self.assertEqual({(notice.version, rate, count) for notice, rate, count in rows}, {(1, 50.0, 4), (2, 100.0, 1)})
        self.assertEqual(wording.search_count([*ours, ("answer", "=", "none")]), 1)
        self.assertEqual(wording.search([*ours, ("source", "=", "counter")]).notice_id.version, 2)
        self.order_sms.basis = "contract"
        self.assertFalse(wording.search(ours), "what is told without a box convinces nobody")
