from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .consent_common import NUMBER, OTHER, ConsentCommon

USER = "consent_notify.group_user,sales_team.group_sale_salesman,base.group_partner_manager"


@tagged("post_install", "-at_install")
class TestConsentBefore(ConsentCommon, TransactionCase):
    def events(self, partner=None, **columns):
        domain = [("partner_id", "=", (partner or self.anna).id), ("company_id", "=", self.company.id)]
        return self.env["consent.event"].search([*domain, *((n, "=", v) for n, v in columns.items())], order="id")

    def test_the_blacklist_is_taken_over_once(self):
        self.env["phone.blacklist"].create({"number": NUMBER})
        kinds = self.events(source="blacklist").mapped(lambda event: (event.purpose_id.code, event.kind))
        self.assertEqual(set(kinds), {(code, "withdrawn") for code in ("order_sms", "order_call", "offer_sms")})
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        for _again in range(2):
            self.env["consent.event"]._take_over_sudo()
        self.assertEqual(len(self.events(source="blacklist")), 3)

    def test_install_takes_over_what_stood_there(self):
        self.env["phone.vault"]._digest(NUMBER)
        blacklist = self.env["phone.blacklist"].create({"number": OTHER})
        self.assertFalse(self.events(), "nobody has that number yet")
        self.anna.phone = OTHER
        self.env["consent.event"]._take_over_sudo()
        self.assertEqual(len(self.events(source="blacklist")), 3)
        self.assertTrue(blacklist.active)

    def test_whoever_gave_the_number_before(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        for partner in (self.anna, boris):
            self.answer(partner, "granted")
        boris.phone = OTHER
        clerk = new_test_user(self.env, "blacklister", "base.group_system")
        self.env["phone.blacklist"].with_user(clerk)._add([NUMBER])
        for partner in (self.anna, boris):
            self.assertEqual(self.verdict(partner), "consent_withdrawn")
        self.assertEqual(set(self.events(source="blacklist").mapped("actor")), {f"user:{clerk.id}"})
        self.assertFalse(self.events(boris, source="blacklist").filtered(lambda event: event.kind != "withdrawn"))
        self.assertEqual(self.verdict(boris, number=OTHER), "consent_missing", "the new number is another matter")

    def test_off_the_list_is_no_yes(self):
        self.answer(self.anna, "granted")
        self.env["phone.blacklist"]._add([NUMBER])
        self.env["phone.blacklist"]._remove([NUMBER])
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.answer(self.anna, "granted")
        self.assertIsNone(self.verdict(self.anna), "and may say yes again")
        self.env["phone.blacklist"]._add([NUMBER])
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn", "put on the list again")

    def test_opt_outs_of_mailings_stop_offers_only(self):
        self.env["mail.blacklist"].create({"email": "anna@example.com"})
        self.env["consent.event"]._take_over_sudo()
        self.env["consent.event"]._take_over_sudo()
        self.assertEqual(self.events().mapped(lambda e: (e.purpose_id.code, e.kind, e.source)),
                         [("offer_sms", "withdrawn", "mailing")])  # fmt: skip
        self.assertEqual(self.verdict(self.anna), "consent_missing")

    def test_an_answer_for_a_former_number_is_none_for_the_present_one(self):
        Partner = self.env["res.partner"]
        order = self.env["sale.order"].create({"partner_id": self.anna.id})
        unanswered = [("consent_unanswered", "=", True), ("id", "=", self.anna.id)]
        self.assertFalse(Partner.search(unanswered), "a cart is no order")
        order.state = "sent"
        self.assertTrue(Partner.search(unanswered))
        self.answer(self.anna, "refused")
        self.assertFalse(Partner.search(unanswered))
        self.anna.phone = OTHER
        self.assertTrue(Partner.search(unanswered))
        self.answer(self.anna, "granted")
        self.assertFalse(Partner.search(unanswered))

    def unanswered(self, partners):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["res.partner"].search([("consent_unanswered", "=", True), ("id", "in", partners.ids)])

    def test_addresses_of_orders_and_kept_customers_are_listed_and_nobody_else(self):
        delivery, invoice, kept, supplier, elsewhere, nobody = partners = self.env["res.partner"].create(
            [{"name": f"Contact {place}", "phone": f"+7916555001{place}"} for place in range(6)]
        )
        clerk = new_test_user(self.env, "unanswered_clerk", "base.group_user").partner_id
        clerk.write({"phone": "+79165550020", "customer_rank": 1})
        kept.customer_rank = 1
        supplier.supplier_rank = 1
        elsewhere.write({"customer_rank": 1, "company_id": self.env["res.company"].create({"name": "Elsewhere"}).id})
        order = self.env["sale.order"].create(
            {"partner_id": self.anna.id, "partner_shipping_id": delivery.id, "partner_invoice_id": invoice.id}
        )
        everybody = partners | clerk | self.anna
        self.assertEqual(self.unanswered(everybody), kept, "a cart is no order")
        order.state = "sent"
        self.assertEqual(self.unanswered(everybody), self.anna | delivery | invoice | kept)
        self.answer(delivery, "refused")
        self.answer(kept, "granted")
        self.assertEqual(self.unanswered(everybody), self.anna | invoice)
        self.assertFalse(nobody.consent_unanswered)

    def test_the_list_asks_as_often_for_many_as_for_few(self):
        counts = []
        for count in (2, 30):
            partners = self.env["res.partner"].create(
                [{"name": "Many", "phone": f"+7916556{place:04}", "customer_rank": 1} for place in range(count)]
            )
            self.unanswered(partners)
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.unanswered(partners)), count)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_customers_without_an_answer_are_asked_by_email(self):
        user = new_test_user(self.env, "by_email", USER, email="shop@example.com")
        self.anna.lang = "en_US"
        action = self.anna.with_user(user).action_consent_ask_by_email()
        composer = self.env["mail.compose.message"].with_user(user).with_context(**action["context"]).create({})
        mails_before = self.env["mail.mail"].search([])
        texts_before = self.env["sms.sms"].search_count([])
        composer._action_send_mail()
        mail = self.env["mail.mail"].search([]) - mails_before
        self.assertEqual(len(mail), 1)
        self.assertEqual((mail.auto_delete, mail.is_notification), (True, False), "its link stays in the chatter")
        self.assertIn(f"/consent/answer/{self.anna.id}/{self.company.id}/", mail.body_html)
        self.assertNotIn("/consent/answer/", mail.mail_message_id.body, "what the chatter shows until it is sent")
        self.assertIn(self.company.name, mail.subject)
        self.assertIn(self.company.name, mail.body_html)
        self.assertEqual(self.env["sms.sms"].search_count([]), texts_before)
        self.assertNotIn(NUMBER[-10:], mail.body_html)

    def test_the_staff_never_see_the_link_of_the_customer(self):
        user = new_test_user(self.env, "by_email", USER, email="shop@example.com")
        template = self.env.ref("consent_notify.mail_template_consent_ask")
        shown = template._render_field("body_html", self.anna.ids)[self.anna.id]
        self.assertIn('href="[link]"', shown)
        composers = self.env["mail.compose.message"].with_user(user).with_context(consent_notify_ask_link="e-mail")
        draft = composers.create(
            {
                "composition_mode": "comment",
                "model": "res.partner",
                "res_ids": str(self.anna.ids),
                "template_id": template.id,
            }
        )
        self.assertNotIn("/consent/answer/", draft.body)
        with self.assertRaisesRegex(UserError, "the customer's own"):
            draft._action_send_mail()
        with self.assertRaisesRegex(UserError, "the customer's own"):
            template.with_user(user).send_mail(self.anna.id)
        self.assertNotIn("/consent/answer/", str(self.anna.message_ids.mapped("body")))
