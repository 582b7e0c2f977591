from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .consent_common import NUMBER, OTHER, ConsentCommon


@tagged("post_install", "-at_install")
class TestConsentStatus(ConsentCommon, TransactionCase):
    def test_no_answer_is_no(self):
        self.assertEqual(self.verdict(self.anna), "consent_missing")
        self.answer(self.anna, "shown")
        self.assertEqual(self.verdict(self.anna), "consent_missing")

    def test_the_latest_answer_counts(self):
        for kind, verdict in (
            ("granted", None),
            ("shown", None),
            ("refused", "consent_refused"),
            ("granted", None),
            ("confirmed", None),
            ("withdrawn", "consent_withdrawn"),
            ("shown", "consent_withdrawn"),
            ("granted", None),
            ("expired", "consent_expired"),
        ):
            self.answer(self.anna, kind)
            self.assertEqual(self.verdict(self.anna), verdict, kind)

    def test_each_purpose_is_answered_for_itself(self):
        self.answer(self.anna, "granted")
        self.assertIsNone(self.verdict(self.anna))
        self.assertEqual(self.verdict(self.anna, self.order_call), "consent_missing")
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_missing")

    def test_a_changed_number_starts_anew(self):
        self.answer(self.anna, "granted")
        self.anna.phone = OTHER
        self.assertEqual(self.verdict(self.anna, number=OTHER), "consent_missing")
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual((status.kind, status.is_current, status.is_allowed), ("granted", False, False))
        self.answer(self.anna, "refused")
        self.assertEqual(self.verdict(self.anna, number=OTHER), "consent_refused")
        self.anna.phone = NUMBER
        self.env.invalidate_all()
        self.assertIsNone(self.verdict(self.anna), "the old number's answer is still its own")
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id), ("is_current", "=", True)])
        self.assertEqual((status.kind, status.is_allowed), ("granted", True))

    def test_another_spelling_is_the_same_number(self):
        self.answer(self.anna, "granted")
        self.anna.phone = "8 (916) 123-45-67"
        self.answer(self.anna, "refused", self.order_call)
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual(set(status.mapped("is_current")), {True})
        self.env.cr.execute("SELECT count(*) FROM consent_subject WHERE partner_id = %s", [self.anna.id])
        self.assertEqual(self.env.cr.fetchone()[0], 1)

    def test_a_number_shared_by_two_people(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.answer(self.anna, "granted")
        self.assertEqual(self.verdict(boris), "consent_missing")
        self.assertIsNone(self.verdict(None), "without a partner, whoever gave the number last counts")
        self.answer(boris, "refused")
        self.assertIsNone(self.verdict(self.anna))
        self.assertEqual(self.verdict(None), "consent_refused")

    def test_a_withdrawal_reaches_all_who_share_the_number(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        vera = self.env["res.partner"].create({"name": "Vera", "phone": OTHER})
        for partner in (self.anna, boris, vera):
            self.answer(partner, "granted")
        withdraw = self.env["consent.event"]._withdraw_sudo
        events = withdraw(self.anna, self.company, self.order_sms, source="link", order_name="S00001")
        self.assertEqual(len(events), 2)
        for partner, number, verdict in (
            (self.anna, NUMBER, "consent_withdrawn"),
            (boris, NUMBER, "consent_withdrawn"),
            (vera, OTHER, None),
        ):
            self.assertEqual(self.verdict(partner, number=number), verdict, partner.name)
        again = withdraw(self.anna, self.company, self.order_sms + self.offer_sms, source="link")
        self.assertEqual(again.purpose_id, self.offer_sms, "what is withdrawn is not repeated")

    def test_contract_needs_the_words_and_no_box(self):
        self.order_sms.basis = "contract"
        self.assertEqual(self.verdict(self.anna), "consent_missing")
        self.answer(self.anna, "shown")
        self.assertIsNone(self.verdict(self.anna))
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual((status.kind, status.is_allowed), ("shown", True))
        self.assertEqual(self.verdict(self.anna, number=OTHER), "consent_missing")

    def test_a_box_passed_by_is_no_notice_of_the_contract(self):
        self.answer(self.anna, "shown")
        self.order_sms.basis = "contract"
        self.assertEqual(self.verdict(self.anna), "consent_missing")
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertFalse(status)
        self.assertFalse(self.env["consent.retention"]._terms(self.anna.ids))
        told = self.answer(self.anna, "shown")
        self.assertIsNone(self.verdict(self.anna))
        self.assertEqual(self.env["consent.status"].search([("partner_id", "=", self.anna.id)]).event_id, told)
        [term] = self.env["consent.retention"]._terms(self.anna.ids)
        self.assertTrue(term.is_yes)

    def test_the_statement_is_known_by_its_words_whatever_they_hold(self):
        words = "{company}: 100%_of\\ you\n({phone}) \\n"
        notice = self.env.ref("consent_notify.notice_order_sms_en")
        notice.copy({"label": f"Box {words}", "statement": f" Told {words} "}).action_publish()
        self.answer(self.anna, "shown")
        self.order_sms.basis = "contract"
        self.assertEqual(self.verdict(self.anna), "consent_missing")
        self.answer(self.anna, "shown")
        self.assertIsNone(self.verdict(self.anna))

    def test_words_that_may_have_stood_beside_a_box_are_no_notice(self):
        notice = self.env.ref("consent_notify.notice_order_sms_en")
        notice.copy({"label": "We text you.", "statement": "We text you."}).action_publish()
        self.order_sms.basis = "contract"
        self.answer(self.anna, "shown")
        self.assertEqual(self.verdict(self.anna), "consent_missing")

    def test_contract_never_replaces_a_no(self):
        for kind, verdict in (("refused", "consent_refused"), ("withdrawn", "consent_withdrawn")):
            self.answer(self.anna, kind)
            self.order_sms.basis = "contract"
            self.answer(self.anna, "shown")
            self.assertEqual(self.verdict(self.anna), verdict)
            self.order_sms.basis = "consent"

    def test_service_texts_need_no_box(self):
        self.assertIsNone(self.verdict(self.anna, self.service))

    def test_other_companies_have_their_own_answers(self):
        self.answer(self.anna, "granted")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        key = (elsewhere.id, self.anna.id, self.digest(), self.order_sms.id)
        self.assertEqual(self.env["consent.status"]._verdicts([key]), {key: "consent_missing"})

    def test_no_number_no_yes(self):
        self.answer(self.anna, "granted")
        key = (self.company.id, self.anna.id, None, self.order_sms.id)
        self.assertEqual(self.env["consent.status"]._verdicts([key]), {key: "consent_missing"})
        self.assertEqual(self.env["consent.status"]._verdicts([]), {})

    def test_one_query_for_any_number_of_keys(self):
        partners = self.env["res.partner"].create([{"name": str(i), "phone": f"+7916{i:07}"} for i in range(200)])
        for partner in partners[:20]:
            self.answer(partner, "granted")
        keys = [
            (self.company.id, partner.id, self.digest(f"+7916{i:07}"), purpose.id)
            for i, partner in enumerate(partners)
            for purpose in (self.order_sms, self.offer_sms)
        ]
        self.env.flush_all()
        for count in (1, 400):
            with self.assertQueryCount(1):
                verdicts = self.env["consent.status"]._verdicts(keys[:count])
        self.assertEqual(len(verdicts), 400)
        self.assertEqual(list(verdicts.values()).count(None), 20)

    def test_a_merge_keeps_the_proof(self):
        twin = self.env["res.partner"].create({"name": "Anna", "phone": NUMBER, "email": "anna@example.com"})
        self.answer(self.anna, "granted")
        late = self.answer(twin, "refused")
        count = self.env["consent.event"].search_count([("partner_id", "in", (self.anna + twin).ids)])
        self.env["base.partner.merge.automatic.wizard"]._merge((self.anna + twin).ids, self.anna)
        self.env.invalidate_all()
        self.assertEqual(self.env["consent.event"].search_count([("partner_id", "=", self.anna.id)]), count)
        self.assertEqual(self.verdict(self.anna), "consent_refused", "the latest answer of the two")
        self.assertTrue(late.is_intact)
        self.assertEqual(self.env["consent.status"].search([("partner_id", "=", self.anna.id)]).ids, late.ids)

    def test_a_merge_keeps_the_confirmation(self):
        self.company.consent_confirm = True
        twin = self.env["res.partner"].create({"name": "Anna", "phone": NUMBER, "email": "anna@example.com"})
        self.answer(self.anna, "granted")
        self.answer(self.anna, "confirmed")
        self.answer(twin, "granted")
        self.assertEqual(self.verdict(twin), "consent_unconfirmed")
        self.env["base.partner.merge.automatic.wizard"]._merge((self.anna + twin).ids, self.anna)
        self.env.invalidate_all()
        self.assertIsNone(self.verdict(self.anna))
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual(status.mapped("is_allowed"), [True], "the gate and the list mean the same")

    def test_the_yes_of_a_deleted_partner_is_nobodys(self):
        self.answer(self.anna, "granted")
        self.assertIsNone(self.verdict(None))
        self.anna.unlink()
        self.assertEqual(self.verdict(None), "consent_missing")

    def test_what_a_deleted_partner_was_told_is_nobodys(self):
        self.order_sms.basis = "contract"
        self.answer(self.anna, "shown")
        self.assertIsNone(self.verdict(None))
        self.anna.unlink()
        self.assertEqual(self.verdict(None), "consent_missing")

    def test_the_no_of_a_deleted_partner_stands(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.answer(boris, "granted")
        self.answer(self.anna, "withdrawn")
        self.anna.unlink()
        self.assertEqual(self.verdict(None), "consent_withdrawn")
        self.assertIsNone(self.verdict(boris), "who has a contact has an answer of their own")

    def test_a_number_that_a_deleted_partner_confirmed_is_confirmed_no_more(self):
        self.company.consent_confirm = True
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.answer(boris, "granted")
        self.answer(self.anna, "confirmed")
        self.assertIsNone(self.verdict(None))
        self.anna.unlink()
        self.assertEqual(self.verdict(None), "consent_unconfirmed")

    def test_a_deleted_partner_leaves_the_proof(self):
        event = self.answer(self.anna, "granted")
        self.anna.unlink()
        self.assertTrue(event.exists())
        self.assertFalse(event.partner_id)
        self.assertTrue(event.is_intact)

    def test_staff_record_a_withdrawal(self):
        user = new_test_user(self.env, "status_user", groups="base.group_user,consent_notify.group_user")
        status = self.env["consent.status"].browse(self.answer(self.anna, "granted").id)
        self.anna.user_id = self.env.user
        with self.assertRaises(AccessError):
            status.with_user(user).action_withdraw()
        self.anna.user_id = user
        self.env.invalidate_all()
        status.with_user(user).action_withdraw()
        event = self.env["consent.event"].search([("partner_id", "=", self.anna.id)], limit=1)
        self.assertEqual((event.kind, event.source, event.actor), ("withdrawn", "counter", f"user:{user.id}"))
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
