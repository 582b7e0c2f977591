from odoo.tests import HttpCase, new_test_user, tagged

from .consent_common import OTHER
from .privacy_common import PAGE, PrivacyCommon

YES = [("order_sms", "shown"), ("order_sms", "granted")]
MILLION = 1_000_000
ODD = ("", "\0", "-1", "0", "9" * 40, "' OR 1=1 --", "<script>", "е" * 5000, "1.5", "[]")


@tagged("post_install", "-at_install")
class TestPrivacyAttacks(PrivacyCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_user = new_test_user(cls.env, "privacy_other", "base.group_portal")
        cls.other = cls.other_user.partner_id
        cls.other.phone = OTHER
        cls.answer(cls.other, "granted")

    # ------------------------------------------------------------ other people's, forged

    def test_another_customers_answers_are_out_of_reach(self):
        before = self.events(self.other)
        form = self.fields(self.use(self.page(), "order_sms"), "stop")
        for contact in (self.other.id, self.anna.id, self.company.partner_id.id, 2**31, 2**70, *ODD):
            answer = self.post(f"{PAGE}/answer", {**form, "contact": contact})
            self.assertEqual(answer.status_code, 200, contact)
            self.assertIn("Nothing was changed", answer.text)
        self.assertEqual((self.events(self.other), self.events()), (before, []))

    def test_a_colleague_is_another_customer(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True, "phone": "+79160000002"})
        (self.owner | self.other).parent_id = firm
        form = self.fields(self.use(self.page(), "order_sms"), "stop")
        for contact in (firm, self.other):
            answer = self.post(f"{PAGE}/answer", {**form, "contact": contact.id})
            self.assertIn("Nothing was changed", answer.text)
        self.assertIsNone(self.verdict(self.other, number=OTHER))

    def test_forged_purposes_and_wishes_change_nothing(self):
        form = self.fields(self.use(self.page(), "order_sms"), "give")
        for purpose in ("service", "order_sms ", "ORDER_SMS", "1", *ODD):
            answer = self.post(f"{PAGE}/answer", {**form, "purpose": purpose})
            self.assertEqual((answer.status_code, self.events()), (200, []), purpose)
        for do in ("", "delete", "granted", *ODD):
            answer = self.post(f"{PAGE}/answer", {**form, "do": do})
            self.assertEqual((answer.status_code, self.events()), (200, []), do)

    def test_a_yes_needs_the_words_of_its_own_page(self):
        page = self.page()
        offers = self.use(page, "offer_sms").inputs["shown"].value
        self.authenticate("privacy_other", "privacy_other")
        foreign = self.use(self.page(), "order_call", self.other).inputs["shown"].value
        self.authenticate("privacy_owner", "privacy_owner")
        mine = self.use(self.page(), "order_call").inputs["shown"].value
        forged = mine[:-1] + ("0" if mine[-1] != "0" else "1")
        for shown in (offers, foreign, forged, mine * 2, "x" * MILLION, *ODD):
            answer = self.switch("order_call", "give", shown=shown)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("no longer what that page showed", answer.text)
        self.assertEqual(self.events(), [])

    def test_words_that_changed_meanwhile_are_not_agreed_to(self):
        page = self.page()
        self.company.phone = "+7 495 000-00-01"  # stands in the words
        self.assertIn("no longer what that page showed", self.switch("order_sms", "give", page).text)
        self.assertEqual(self.events(), [])

    def test_a_number_that_changed_meanwhile_is_not_agreed_to(self):
        page = self.page()
        self.owner.phone = "+79160000003"
        self.assertIn("no longer what that page showed", self.switch("order_sms", "give", page).text)
        self.assertEqual(self.events(), [])

    def test_a_page_of_the_other_website_is_no_page_of_this(self):
        self.owner._own_contacts()
        website = self.env.ref("website.default_website")
        [use] = [use for use in website._privacy_contacts_sudo(self.owner)[0]["uses"] if use["code"] == "order_sms"]
        second = website.copy({"name": "Second", "domain": False})
        self.assertFalse(second._privacy_give_sudo(self.owner, use, use["token"]))
        self.assertTrue(website._privacy_give_sudo(self.owner, use, use["token"]))

    # ------------------------------------------------------------ a stranger's number on one's own profile

    def test_a_typed_number_takes_nothing_back_for_its_holder(self):
        before = self.events(self.other)
        address = self.env["res.partner"].create({"parent_id": self.owner.id, "type": "delivery", "phone": OTHER})
        self.owner.phone = OTHER
        for contact in self.owner + address:
            self.answer(contact, "granted")
            self.assertIn("Stopped", self.switch("order_sms", "stop", contact=contact).text)
        self.post(f"{PAGE}/erase", {"csrf_token": self.token(), "sure": "1"})
        for contact in self.owner + address:
            self.assertEqual(self.verdict(contact, number=OTHER), "consent_withdrawn")
            self.assertEqual(self.verdict(contact, self.offer_sms, OTHER), "consent_withdrawn")
        self.assertEqual(self.events(self.other), before)
        self.assertIsNone(self.verdict(self.other, number=OTHER))

    def test_a_confirmed_number_speaks_for_all_who_share_it(self):
        self.owner.phone = OTHER
        self.answer(self.owner, "granted")
        self.answer(self.owner, "confirmed")
        self.assertIn("Stopped", self.switch("order_sms", "stop").text)
        self.assertEqual(self.verdict(self.other, number=OTHER), "consent_withdrawn")

    # ------------------------------------------------------------ replayed, doubled, two tabs

    def test_a_doubled_form_is_one_answer(self):
        page = self.page()
        answers = [self.switch("order_sms", "give", page) for _time in range(3)]
        self.assertTrue(all("you allow this now" in answer.text for answer in answers))
        self.assertEqual(self.events(), YES)
        page = self.page()
        for _time in range(3):
            self.assertIn("Stopped", self.switch("order_sms", "stop", page).text)
        self.assertEqual(self.events(), [*YES, ("order_sms", "withdrawn")])

    def test_an_old_yes_does_not_undo_a_newer_no(self):
        """Two tabs that disagree: one says yes, the other yes and no; then the first is sent again."""
        old = self.page()
        self.switch("order_sms", "give")
        self.switch("order_sms", "stop")
        self.assertIn("no longer what that page showed", self.switch("order_sms", "give", old).text)
        self.assertEqual(self.verdict(self.owner), "consent_withdrawn")

    def test_an_old_no_counts_against_a_newer_yes(self):
        self.answer(self.owner, "granted")
        old = self.page()
        self.switch("order_sms", "stop")
        self.switch("order_sms", "give")
        self.switch("order_sms", "stop", old)
        self.assertEqual(self.verdict(self.owner), "consent_withdrawn")

    def test_a_no_where_nothing_was_agreed_is_no_event(self):
        form = self.fields(self.use(self.page(), "order_sms"), "stop")
        self.assertEqual(self.post(f"{PAGE}/answer", form).status_code, 200)
        self.assertEqual(self.events(), [])

    def test_two_wishes_to_be_erased_are_one(self):
        token = self.token()
        for _time in range(3):
            self.post(f"{PAGE}/erase", {"csrf_token": token, "sure": "1"})
        self.assertEqual(self.env["consent.request"].search_count([("partner_id", "=", self.owner.id)]), 1)

    # ------------------------------------------------------------ broken forms

    def test_without_its_token_a_form_changes_nothing(self):
        form = self.fields(self.use(self.page(), "order_sms"), "give")
        for token in ("", "0", "0o9999999999"):
            for path in (f"{PAGE}/answer", f"{PAGE}/hours", f"{PAGE}/erase", "/my/number/code"):
                answer = self.post(path, {**form, "sure": "1", "hour_from": "9", "hour_to": "12", "csrf_token": token})
                self.assertEqual(answer.status_code, 400, path)
        self.env.invalidate_all()
        self.assertEqual((self.events(), self.owner.sms_hour_to), ([], 0))
        self.assertFalse(self.env["consent.request"].search([("partner_id", "=", self.owner.id)]))

    def test_an_expired_session_is_asked_to_sign_in(self):
        form = self.fields(self.use(self.page(), "order_sms"), "give")
        self.opener.cookies.clear()
        for path in (f"{PAGE}/answer", f"{PAGE}/hours", f"{PAGE}/erase"):
            answer = self.post(path, {**form, "sure": "1"})
            self.assertLess(answer.status_code, 500, path)
            self.assertNotIn("you allow this now", answer.text)
        self.assertEqual(self.events(), [])

    def test_ten_megabytes_are_refused_clearly(self):
        form = self.fields(self.use(self.page(), "order_sms"), "give")
        said = {"shown": "no longer what that page showed", "contact": "Nothing was changed"}
        for size in (9 * MILLION, 11 * MILLION):
            for name in ("shown", "contact", "purpose", "do"):
                answer = self.post(f"{PAGE}/answer", {**form, name: "1" * size})
                self.assertEqual((answer.status_code, self.events()), (200, []), (name, size))
                self.assertIn(said.get(name, "Nothing was changed"), answer.text)
            answer = self.post("/my/number/code", {**form, "code": "1" * size})
            self.assertEqual((answer.status_code, self.events()), (200, []), size)
        # A field that nobody asked for is not looked at, however long: the answer beside it counts.
        answer = self.post(f"{PAGE}/answer", {**form, "stranger": "1" * (9 * MILLION)})
        self.assertIn("you allow this now", answer.text)
        self.assertEqual(self.events(), YES)

    def test_wrong_encodings_are_no_error(self):
        token = self.token()
        kinds = {"Content-Type": "application/x-www-form-urlencoded"}
        for body in (b"contact=%FF%FE&purpose=%C3%28&do=give", b"\xff\xfe\x00=\x80", b"do=\xd0&contact=%00&purpose=%"):
            for path in (f"{PAGE}/answer", f"{PAGE}/hours", f"{PAGE}/erase", "/my/number/code"):
                answer = self.post(path, body + f"&csrf_token={token}".encode(), headers=kinds)
                self.assertLess(answer.status_code, 500, (path, body))
        for path in (f"{PAGE}?done=%FF%FE", f"{PAGE}?done=<script>odd", f"{PAGE}?done=given&done=x", f"{PAGE}?%00=1"):
            answer = self.url_open(path)
            self.assertLess(answer.status_code, 500, path)
            self.assertNotIn("<script>odd", answer.text)
        self.assertEqual(self.events(), [])

    def test_files_in_place_of_fields_are_no_error(self):
        token = self.token()
        for path in (f"{PAGE}/answer", f"{PAGE}/hours", f"{PAGE}/erase", "/my/number/code"):
            for name in ("contact", "purpose", "do", "shown", "hour_from", "hour_to", "sure", "code", "back"):
                data = {"contact": self.owner.id, "purpose": "order_sms", "do": "give", "csrf_token": token}
                data.pop(name, None)
                answer = self.url_open(path, data=data, files={name: (f"{name}.txt", b"x")})
                self.assertLess(answer.status_code, 500, (path, name))
        self.assertEqual(self.events(), [])
