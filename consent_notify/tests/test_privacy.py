import json
import re

from odoo.tests import HttpCase, tagged

from ..models.consent_notice_facts import GUARDIAN
from .consent_common import NUMBER, OTHER
from .privacy_common import PAGE, PrivacyCommon

YES = [("order_sms", "shown"), ("order_sms", "granted")]
DELIVERY = "+79160000001"


@tagged("post_install", "-at_install")
class TestPrivacy(PrivacyCommon, HttpCase):
    # ------------------------------------------------------------ looking

    def test_it_tells_what_is_held_for_what_and_since_when(self):
        self.answer(self.owner, "granted")
        self.answer(self.owner, "refused", self.offer_sms)
        page = self.page()
        text = self.text(page)
        self.assertIn(self.env["phone.vault"]._mask(NUMBER), text)
        self.assertNotIn(NUMBER[-7:], re.sub(r"[^\d]", "", text))
        order_sms = self.text(self.use(page, "order_sms"))
        for words in ("on", "You agreed", "(Checkout, S00001)", "It ends by itself on", "The words you saw", "when it"):
            self.assertIn(words, order_sms)
        self.assertIn("You said no", self.text(self.use(page, "offer_sms")))
        self.assertIn("not answered yet", self.text(self.use(page, "order_call")))

    def test_where_an_answer_was_given_is_told_in_the_customers_words(self):
        for source, words in (
            ("counter", "(In the shop"),
            ("portal", "(Privacy page"),
            ("import", "(Noted by the shop before"),
            ("blacklist", "(The shop's list of numbers that get no texts"),
        ):
            self.answer(self.owner, "withdrawn", source=source)
            self.assertIn(words, self.text(self.use(self.page(), "order_sms")))

    def test_the_end_of_a_yes_is_the_one_of_retention(self):
        self.answer(self.owner, "granted")
        [term] = self.env["consent.retention"]._terms(self.owner.ids)
        [use] = [
            use
            for use in self.env.ref("website.default_website")._privacy_contacts_sudo(self.owner)[0]["uses"]
            if use["is_on"]
        ]
        self.assertEqual(use["until"], term.due)

    def test_home_links_here_and_every_link_of_ours_is_there(self):
        self.assertIn(PAGE, self.page("/my/home").xpath("//a/@href"))
        links = set(self.page().xpath("//div[contains(@class, 'o_consent_privacy')]//a/@href"))
        documents = {link for link in links if link.startswith("/consent/document/")}
        ours = {"/my/account", *(f"{PAGE}/{name}" for name in ("data.json", "erase", "receipt", "receipt.json"))}
        self.assertEqual(links - documents, ours)
        self.assertEqual(len(documents), 3)
        for link in links:
            self.assertEqual(self.url_open(link).status_code, 200, link)

    def test_looking_changes_nothing(self):
        self.answer(self.owner, "granted")
        before = self.snapshot()
        for path in (PAGE, f"{PAGE}?done=stopped", f"{PAGE}/erase", f"{PAGE}/data.json"):
            self.assertEqual(self.url_open(path).status_code, 200)
            self.assertEqual(self.url_open(path, method="HEAD").status_code, 200)
        for path in (f"{PAGE}/answer?do=stop", f"{PAGE}/hours?hour_from=9", "/my/number/code?do=send"):
            self.assertIn(self.url_open(path).status_code, (404, 405), path)
        self.assertEqual(self.snapshot(), before)

    def snapshot(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT (SELECT array_agg(e::text ORDER BY id) FROM consent_event e), (SELECT count(*) FROM consent_code),"
            " (SELECT count(*) FROM consent_request), (SELECT count(*) FROM consent_subject),"
            " (SELECT count(*) FROM sms_sms), (SELECT array_agg(p::text ORDER BY id) FROM res_partner p)"
        )
        return self.env.cr.fetchone()

    def test_it_speaks_to_nobody_else(self):
        self.authenticate(None, None)
        for path in (PAGE, f"{PAGE}/data.json", f"{PAGE}/erase"):
            answer = self.url_open(path)
            self.assertIn("/web/login", answer.url)
            self.assertNotIn("owner@example.com", answer.text)

    def test_the_page_stays_on_this_screen(self):
        headers = self.url_open(PAGE).headers
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertIn("frame-ancestors 'self'", headers["Content-Security-Policy"])

    def test_plain_http_is_refused_off_localhost(self):
        self.answer(self.owner, "granted")
        token = self.token()
        form = self.use(self.page(), "order_sms")
        with self.behind_proxy(scheme="http"):
            for path in (PAGE, f"{PAGE}/data.json", f"{PAGE}/erase"):
                answer = self.url_open(path)
                self.assertEqual(answer.status_code, 403, path)
                self.assertIn(f"https://shop.example.com{path}", answer.text)
            for path in (f"{PAGE}/answer", f"{PAGE}/hours", f"{PAGE}/erase", "/my/number/code"):
                data = {**self.fields(form, "stop"), "csrf_token": token, "sure": "1"}
                self.assertEqual(self.post(path, data).status_code, 403, path)
        self.assertIsNone(self.verdict(self.owner))
        with self.behind_proxy(scheme="https"):
            self.assertEqual(self.url_open(PAGE).status_code, 200)

    def test_the_number_is_whole_only_where_it_was_typed(self):
        self.assertNotIn(NUMBER, self.url_open(f"{PAGE}/data.json").text)
        form = self.page("/my/account").xpath("//form[contains(@class, 'address_autoformat')]")[0]
        values = {**dict(form.form_values()), "phone": NUMBER, "city": "Perm", "zip": "614000"}
        state = self.env["res.country.state"].search([("country_id.code", "=", "RU")], limit=1)
        values.update(country_id=self.owner.country_id.id, state_id=state.id)
        feedback = self.url_open(form.get("data-submit-url"), data=values).json()
        self.assertNotIn("invalid_fields", feedback, feedback)
        held = self.page().xpath("//section[@aria-labelledby='consent_held']")[0]
        self.assertIn(NUMBER[-10:], re.sub(r"[^\d]", "", self.text(held)))
        self.assertTrue(self.env["phone.access"].search([("door", "=", "owner"), ("res_id", "=", self.owner.id)]))
        self.assertIn(
            NUMBER[-10:], re.sub(r"[^\d]", "", self.url_open(f"{PAGE}/data.json").json()["contacts"][0]["phone"])
        )

    # ------------------------------------------------------------ switches

    def test_where_the_consent_is_a_document_the_page_leads_to_it(self):
        form = self.use(self.page(), "order_sms")
        [link] = form.xpath(".//a[contains(@href, '/consent/document/')]")
        document = self.url_open(link.get("href")).text
        self.switch("order_sms", "give")
        event = self.env["consent.event"].search([("partner_id", "=", self.owner.id)], limit=1)
        self.assertIn(event.text_id.document.splitlines()[0], document)

    def test_a_yes_shows_the_words_and_is_recorded_with_them(self):
        self.owner.country_id = self.env.ref("base.rs")  # of no law with words of its own
        form = self.use(self.page(), "order_sms")
        self.assertIn("Text me about my order", self.text(form))
        self.assertIn("Atelier Iva keeps your number encrypted", self.text(form))
        answer = self.switch("order_sms", "give")
        self.assertIn("you allow this now", answer.text)
        self.assertEqual(self.events(), YES)
        event = self.env["consent.event"].search([("partner_id", "=", self.owner.id)], limit=1)
        self.assertEqual((event.source, event.actor), ("portal", "customer"))
        self.assertIn("Text me about my order", event.label)
        self.assertTrue(event.website_ref and event.is_intact)
        self.assertIsNone(self.verdict(self.owner))

    def test_every_part_of_what_is_recorded_is_on_the_page_before(self):
        for is_minor in (False, True):
            self.owner.is_minor = is_minor
            page = self.page()
            shown = self.text(page)
            documents = [self.url_open(link).text for link in page.xpath("//a[contains(@href, '/document/')]/@href")]
            self.switch("order_sms", "give", page)
            found = self.env["consent.event"].search([("partner_id", "=", self.owner.id)], order="id desc", limit=1)
            self.assertEqual((found.kind, bool(found.evidence)), ("granted", is_minor))
            for part in (found.text_id.intro, found.text_id.label, found.text_id.details):
                self.assertIn(" ".join(part.split()), shown)
            self.assertTrue(any(found.text_id.document.splitlines()[0] in document for document in documents))
            guardian = str(GUARDIAN._translate(found.lang))
            self.assertEqual(guardian in shown, is_minor)
            self.switch("order_sms", "stop")

    def test_a_yes_to_words_that_meant_something_else_is_asked_for_again(self):
        self.switch("order_sms", "give")
        said = self.env["consent.event"].search([("partner_id", "=", self.owner.id)], order="id desc", limit=1)
        draft = said.notice_id.copy({"label": "Text me about my order, and about its care."})
        draft.write({"state": "published", "change": "material"})
        form = self.use(self.page(), "order_sms")
        self.assertEqual(form.xpath(".//button/@value"), ["stop", "give"])
        for words in ("on", "Your yes holds for the words you saw", "and about its care", "Allow again"):
            self.assertIn(words, self.text(form))
        self.assertIsNone(self.verdict(self.owner), "until then it goes on")
        fields = self.fields(form, "give")
        for _click in range(2):
            self.post(f"{PAGE}/answer", fields)
        self.assertEqual(self.events(), YES * 2)
        form = self.use(self.page(), "order_sms")
        self.assertEqual(form.xpath(".//button/@value"), ["stop"])
        self.owner.is_minor = True
        form = self.use(self.page(), "order_sms")
        self.assertEqual(form.xpath(".//button/@value"), ["stop", "give"], "a guardian's answer is asked for")
        self.post(f"{PAGE}/answer", self.fields(form, "give"))
        self.assertEqual(self.use(self.page(), "order_sms").xpath(".//button/@value"), ["stop"])

    def test_the_word_is_the_gates_verdict(self):
        self.company.consent_confirm = True
        for purpose in (self.order_sms, self.order_call, self.offer_sms):
            self.answer(self.owner, "granted", purpose)
        self.owner.is_minor = True
        page = self.page()
        words = {code: self.text(self.use(page, code).xpath(".//h3")[0]) for code in ("order_sms", "order_call")}
        self.assertEqual(
            words, {"order_sms": "Order updates by SMS: waits for the code", "order_call": "Calls about an order: on"}
        )
        self.assertEqual(self.text(self.use(page, "offer_sms").xpath(".//h3")[0]), "Offers by SMS: off, under age")
        self.switch("offer_sms", "stop", page)
        self.assertEqual(self.events()[-1], ("offer_sms", "withdrawn"), "what was allowed can be taken back")

    def test_taking_back_is_one_tap_and_counts_for_what_waits(self):
        self.answer(self.owner, "granted")
        self.answer(self.owner, "granted", self.offer_sms)
        sms = self.env["sms.sms"].create({"body": "x", "number": NUMBER, "partner_id": self.owner.id})
        self.env.cr.execute("UPDATE sms_sms SET purpose_id = %s WHERE id = %s", [self.order_sms.id, sms.id])
        sms.invalidate_recordset()
        answer = self.switch("order_sms", "stop")
        self.assertIn("Stopped, at once", answer.text)
        self.assertEqual(self.verdict(self.owner), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.owner, self.offer_sms), "each use has a switch of its own")
        self.run_queue()
        self.assertEqual((sms.state, sms.failure_type), ("canceled", "consent_withdrawn"))

    def test_standing_answers_are_text_not_boxes(self):
        self.answer(self.owner, "granted")
        page = self.page()
        self.assertFalse(page.xpath("//div[contains(@class, 'o_consent_privacy')]//input[@type='checkbox']"))
        buttons = self.use(page, "order_sms").xpath(".//button/@value")
        self.assertEqual(buttons, ["stop"])
        self.assertEqual(self.use(page, "order_call").xpath(".//button/@value"), ["give"])

    def test_under_the_contract_no_is_possible_and_yes_again(self):
        self.order_sms.basis = "contract"
        self.answer(self.owner, "shown")
        self.assertIn("You were told", self.text(self.use(self.page(), "order_sms")))
        self.switch("order_sms", "stop")
        self.assertEqual(self.verdict(self.owner), "consent_withdrawn")
        self.switch("order_sms", "give")
        self.assertIsNone(self.verdict(self.owner))

    def test_without_a_number_nothing_can_be_allowed(self):
        self.owner.phone = False
        self.assertIn("no number that can be reached", self.switch("order_sms", "give").text)
        self.assertFalse(self.events())

    def test_an_address_with_a_number_of_its_own_has_its_own_switches(self):
        address = self.env["res.partner"].create(
            {"name": "Owner", "parent_id": self.owner.id, "type": "delivery", "street": "Oak 1", "phone": DELIVERY}
        )
        colleague = self.env["res.partner"].create(
            {"name": "Carl", "parent_id": self.owner.id, "type": "contact", "phone": OTHER}
        )
        self.answer(address, "granted")
        page = self.page()
        self.assertIn("The number at Oak 1", self.text(page))
        self.assertNotIn(str(colleague.id), page.xpath("//input[@name='contact']/@value"))
        self.post(f"{PAGE}/answer", self.fields(self.use(page, "order_sms", address), "stop"))
        self.assertEqual(self.verdict(address, number=DELIVERY), "consent_withdrawn")

    def test_queries_do_not_grow_with_addresses(self):
        website = self.env.ref("website.default_website")
        counts = []
        for count in (1, 8):
            for number in range(count):
                child = self.env["res.partner"].create(
                    {"name": "x", "parent_id": self.owner.id, "type": "other", "phone": f"+7916001{count}{number:03}"}
                )
                self.answer(child, "granted")
            self.env.flush_all()
            self.env.invalidate_all()
            website._privacy_contacts_sudo(self.owner)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            website._privacy_contacts_sudo(self.owner)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # ------------------------------------------------------------ hours

    def test_hours_are_kept_and_shown_and_taken_back(self):
        form = self.page().xpath("//form[contains(@class, 'o_consent_hours')]")[0]
        data = dict(form.form_values())
        self.assertIn("hours are saved", self.post(f"{PAGE}/hours", {**data, "hour_from": 10, "hour_to": 18}).text)
        self.env.invalidate_all()
        self.assertEqual((self.owner.sms_hour_from, self.owner.sms_hour_to), (10, 18))
        chosen = self.page().xpath("//form[contains(@class, 'o_consent_hours')]//option[@selected]/@value")
        self.assertEqual(chosen, ["10", "18"])
        self.post(f"{PAGE}/hours", {**data, "hour_from": "", "hour_to": ""})
        self.env.invalidate_all()
        self.assertEqual((self.owner.sms_hour_from, self.owner.sms_hour_to), (0, 0))

    def test_impossible_hours_are_told(self):
        token = self.token()
        for pair in (("18", "10"), ("10", "10"), ("10", ""), ("", "10"), ("3", "22"), ("x", "y"), ("-1", "10")):
            data = {"csrf_token": token, "hour_from": pair[0], "hour_to": pair[1]}
            self.assertIn("Choose two hours", self.post(f"{PAGE}/hours", data).text, pair)
        self.env.invalidate_all()
        self.assertEqual((self.owner.sms_hour_from, self.owner.sms_hour_to), (0, 0))

    def test_hours_belong_to_one_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.owner._set_sms_hours_sudo(self.company, (9, 12))
        self.assertEqual(self.owner.with_company(other).sms_hour_to, 0)

    # ------------------------------------------------------------ receivers and download

    def test_receivers_are_named_with_dates_and_staff_is_not(self):
        access = self.env["phone.access"]
        for processor in ("Twilio", "Twilio", "Consent Courier"):
            access._record_sudo("provider", model="res.partner", res_id=self.owner.id, processor=processor)
        access._record_sudo("provider", model="res.partner", res_id=self.anna.id, processor="Stranger")
        access._record_sudo("show", model="res.partner", res_id=self.owner.id, reason="order")
        section = self.text(self.page().xpath("//section[@aria-labelledby='consent_receivers']")[0])
        self.assertIn("Twilio: 2 times, last on", section)
        self.assertIn("Consent Courier:", section)
        self.assertNotIn("Stranger", section)
        self.assertNotIn(self.env.user.login, self.url_open(PAGE).text)

    def test_the_file_holds_all_of_one_customer_and_nothing_of_another(self):
        self.answer(self.owner, "granted")
        self.answer(self.anna, "granted")
        self.env["sale.order"].create([{"partner_id": self.owner.id}, {"partner_id": self.anna.id}])
        answer = self.url_open(f"{PAGE}/data.json")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        data = json.loads(answer.content)
        self.assertEqual([one["answer"] for one in data["answers"]], ["granted"])
        self.assertIn("Text me about my order", " ".join(data["answers"][0]["words"]))
        self.assertEqual(len(data["orders"]), 1)
        self.assertEqual(data["contacts"][0]["email"], "owner@example.com")
        self.assertNotIn("Anna", answer.text)

    def test_replies_and_answers_behind_links_are_shown_and_in_the_file(self):
        mine, theirs = self.env["sale.order"].create([{"partner_id": self.owner.id}, {"partner_id": self.anna.id}])
        digest = self.digest()
        self.make_reply("help", mine)
        self.make_reply("start", theirs)
        self.make_reply("cancel", number_digest=digest)
        link = self.env["consent.link"].create(
            {
                "code_hash": "0",
                "company_id": self.company.id,
                "partner_id": self.owner.id,
                "order_id": mine.id,
                "number_digest": digest,
                "expires": "2100-01-01",
                "used_at": "2026-01-03 10:00:00",
                "used_for": "complain",
            }
        )
        self.env["consent.link.answer"]._add_sudo(link, "later")
        self.env["consent.link.answer"]._add_sudo(link.copy({"partner_id": self.anna.id, "code_hash": "1"}), "come")
        self.assertEqual(self.said(), {("help", mine.name), ("later", mine.name), ("complain", mine.name)})
        text = self.text(self.page())
        for words in ("Another time", "Complaint", "Help"):
            self.assertIn(words, text)
        self.assertNotIn("Will come", text)
        # Anna has the same number: a reply about nobody's order is either's.
        self.anna.phone = OTHER
        self.assertIn(("cancel", None), self.said())
        self.answer(self.anna, "granted", number_digest=digest)
        self.assertNotIn(("cancel", None), self.said(), "it was hers before")

    def make_reply(self, kind, order=None, **values):
        return self.env["consent.reply"].create(
            {
                "company_id": self.company.id,
                "message_hash": kind,
                "time": "2026-01-02 10:00:00",
                "kind": kind,
                "order_id": order and order.id,
                **values,
            }
        )

    def said(self):
        self.env.flush_all()
        replies = self.url_open(f"{PAGE}/data.json").json()["replies"]
        return {(one["said"], one["order"]) for one in replies}
