import re
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.tests import BaseCase, HttpCase, new_test_user, tagged
from odoo.tools import config

from ..models.consent_link_try import WRONG_TRIES
from ..tools import link as link_code
from .consent_common import NUMBER, OTHER, ConsentCommon

WRONG = "AAAAAAAAAAA"


@tagged("post_install", "-at_install")
class TestLinkCode(BaseCase):
    def test_a_code_is_eleven_characters_of_64_random_bits(self):
        self.assertEqual(link_code.new_code(lambda size: b"\0" * size), "0" * 11)
        self.assertEqual(link_code.new_code(lambda size: b"\xff" * size), "LygHa16AHYF")
        codes = {link_code.new_code() for _time in range(1000)}
        self.assertEqual(len(codes), 1000)
        self.assertTrue(all(link_code.is_code(code) for code in codes))

    def test_other_texts_are_no_codes(self):
        for text in ("", "A" * 10, "A" * 12, "AAAAAAAAAA-", "АААААААААА1", "AAAAAAAAAA "):
            self.assertFalse(link_code.is_code(text))

    def test_an_ipv6_house_is_one_network(self):
        self.assertEqual(link_code.network("2001:db8:1:2::1"), link_code.network("2001:db8:1:2:ffff::9"))
        self.assertNotEqual(link_code.network("2001:db8:1:2::1"), link_code.network("2001:db8:1:3::1"))
        self.assertEqual(link_code.network("::ffff:198.51.100.7"), link_code.network("198.51.100.7"))
        self.assertNotEqual(link_code.network("198.51.100.7"), link_code.network("198.51.100.8"))
        self.assertEqual(link_code.network("nonsense"), link_code.network(None))


class LinkCommon(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"name": "Atelier Iva", "phone": "+7 495 000-00-00", "email": "shop@example.com"})
        cls.salesperson = new_test_user(cls.env, "link_sales", groups="sales_team.group_sale_salesman")
        cls.order = cls.env["sale.order"].create({"partner_id": cls.anna.id, "user_id": cls.salesperson.id})
        cls.answer(cls.anna, "granted")
        cls.answer(cls.anna, "granted", cls.offer_sms)
        cls.answer(cls.anna, "granted", cls.order_call)

    @classmethod
    def make_sms(cls, partner=None, number=NUMBER, order=None):
        order = order or cls.order
        message = cls.env["mail.message"].create({"model": "sale.order", "res_id": order.id, "message_type": "sms"})
        values = {"number": number, "partner_id": (partner or cls.anna).id, "mail_message_id": message.id}
        return cls.env["sms.sms"].create({**values, "body": "Ready. [link]"})

    @classmethod
    def make_code(cls, **options):
        sms = cls.make_sms(**options)
        return cls.env["consent.link"]._for_sms_sudo(sms)[sms.id].rsplit("/u/", 1)[1]


class LinkPageCommon(LinkCommon):
    """The page of one link, open to whoever has its code."""

    def setUp(self):
        super().setUp()
        self.code = self.make_code()
        self.link = self.env["consent.link"]._find_sudo(self.code)
        # The same day for whoever asks, wherever they are.
        self.noon = fields.Datetime.now().replace(hour=12, minute=0)
        # What the fixture left for the commit would look like something that looking at the page changed.
        self.env.cr.precommit.run()


@tagged("post_install", "-at_install")
class TestLinkPage(LinkPageCommon, HttpCase):
    def get(self, code, **options):
        return self.url_open(f"/u/{code}", **options)

    def post(self, code, do, token=None, **options):
        page = html.fromstring(self.get(self.code).content)
        tokens = page.xpath("//input[@name='csrf_token']/@value")
        return self.url_open(f"/u/{code}", data={"do": do, "csrf_token": token or tokens[0]}, **options)

    def token(self):
        return html.fromstring(self.get(self.make_code()).content).xpath("//input[@name='csrf_token']/@value")[0]

    def snapshot(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT (SELECT array_agg(l::text ORDER BY id) FROM consent_link l),"
            " (SELECT array_agg(e::text ORDER BY id) FROM consent_event e), (SELECT count(*) FROM consent_link_try),"
            " (SELECT count(*) FROM mail_activity), (SELECT count(*) FROM mail_message),"
            " (SELECT count(*) FROM website_visitor), (SELECT count(*) FROM consent_subject)"
        )
        return self.env.cr.fetchone()

    @contextmanager
    def behind_proxy(self, scheme="https", host="shop.example.com", address="198.51.100.7"):
        """Let requests look as if a proxy passed them on."""
        headers = {"X-Forwarded-Host": host, "X-Forwarded-Proto": scheme, "X-Forwarded-For": address}
        with patch.dict(config.options, {"proxy_mode": True}), patch.dict(self.opener.headers, headers):
            yield

    # ------------------------------------------------------------ looking

    def test_the_page_tells_the_order_and_how_to_know_a_genuine_text(self):
        answer = self.get(self.code)
        self.assertEqual(answer.status_code, 200)
        text = " ".join(html.fromstring(answer.content).text_content().split())
        for words in (
            "Atelier Iva",
            self.order.name,
            "Stop all texts",
            "I did not ask for this",
            "never asks for a card",
        ):
            self.assertIn(words, text)
        self.assertIn(self.env["consent.link"]._host(self.order), text)
        for private in ("Anna", "anna@example.com", NUMBER, NUMBER[-4:], "45 67"):
            self.assertNotIn(private, answer.text)
        self.assertNotIn("<script", answer.text)

    def test_the_page_is_for_this_handset_only(self):
        headers = self.get(self.code).headers
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", headers["X-Robots-Tag"])
        self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])

    def test_looking_changes_nothing_however_often_a_scanner_does_it(self):
        before = self.snapshot()
        for _time in range(3):
            self.assertEqual(self.get(self.code).status_code, 200)
            self.assertEqual(self.get(self.code, method="HEAD").status_code, 200)
            prefetched = self.get(self.code, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})
            self.assertEqual(prefetched.status_code, 200)
            self.assertEqual(self.url_open(f"/u/{self.code}?do=stop&csrf_token=x").status_code, 200)
        self.assertEqual(self.snapshot(), before)
        self.assertIsNone(self.verdict(self.anna))

    def test_it_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.anna.lang = "ru_RU"
        self.assertIn('lang="ru-RU"', self.get(self.code).text)
        self.anna.lang = False
        self.assertIn('lang="en-US"', self.get(self.code).text)

    # ------------------------------------------------------------ stopping

    def test_one_tap_stops_every_text_and_leaves_calls(self):
        self.assertIsNone(self.verdict(self.anna))
        answer = self.post(self.code, "stop")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Texts are stopped", answer.text)
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna, self.order_call))
        event = self.env["consent.event"].search([], limit=1)
        self.assertEqual((event.kind, event.source, event.actor), ("withdrawn", "link", "customer"))
        self.assertEqual(event.order_name, self.order.name)

    def test_it_stops_for_all_who_share_the_number_with_this_company_only(self):
        Partner = self.env["res.partner"]
        ben = Partner.create({"name": "Ben", "phone": "8 (916) 123-45-67", "country_id": self.env.ref("base.ru").id})
        other = Partner.create({"name": "Eve", "phone": OTHER, "country_id": self.env.ref("base.ru").id})
        self.answer(ben, "granted")
        self.answer(other, "granted")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        answers = [(self.order_sms, "granted", None)]
        self.env["consent.event"]._record_sudo(self.anna, elsewhere, answers, source="checkout")
        self.post(self.code, "stop")
        self.assertEqual(self.verdict(ben), "consent_withdrawn")
        self.assertIsNone(self.verdict(other, number=OTHER))
        key = (elsewhere.id, self.anna.id, self.digest(), self.order_sms.id)
        self.assertIsNone(self.env["consent.status"]._verdicts([key])[key])

    def test_whoever_shares_the_number_may_still_stop_what_they_get(self):
        ben = self.env["res.partner"].create({"name": "Ben", "phone": NUMBER, "country_id": self.env.ref("base.ru").id})
        self.answer(ben, "refused")  # the latest word about this number, and another person's
        self.assertIsNone(self.verdict(self.anna))
        self.assertIn("stop", self.get(self.code).text)
        self.assertIn(self.order_sms, self.link._stoppable())
        self.post(self.code, "stop_order_sms")
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_it_stops_the_number_of_the_text_not_the_customers_new_one(self):
        self.anna.phone = OTHER
        self.answer(self.anna, "granted")
        self.post(self.code, "stop")
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna, number=OTHER))

    def test_a_second_tap_is_the_same_answer_and_no_second_event(self):
        token = self.token()
        first = self.post(self.code, "stop", token)
        events = self.env["consent.event"].search_count([])
        self.assertEqual(self.url_open(f"/u/{self.code}", data={"do": "stop", "csrf_token": token}).text, first.text)
        self.assertEqual(self.env["consent.event"].search_count([]), events)

    def run_queue(self):
        """Run the dispatcher on a cursor of its own, as the cron does."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()

    def test_what_was_queued_already_is_not_sent(self):
        self.company.sms_provider = "sandbox"
        queued = self.make_sms()
        queued.send()
        self.assertEqual(queued.state, "outgoing")
        self.post(self.code, "stop")
        self.run_queue()
        self.assertEqual((queued.state, queued.failure_type), ("canceled", "consent_withdrawn"))
        self.assertFalse(self.env["sandbox.message"].search([("order_id", "=", self.order.id)]))

    def test_the_link_of_a_text_that_was_sent_stops_the_next_one(self):
        self.company.sms_provider = "sandbox"
        self.env["sms.sms"].search([]).unlink()
        self.order.action_confirm()
        self.run_queue()
        body = self.env["sandbox.message"].search([("order_id", "=", self.order.id)]).body
        host, code = re.search(r"(\S+)/u/(\w{11})$", body).groups()
        self.assertEqual(host, self.env["consent.link"]._host(self.order))
        self.assertIn("Confirmed", self.get(code).text)
        self.post(code, "stop")
        self.order.action_mark_ready()
        self.run_queue()
        self.assertEqual(len(self.env["sandbox.message"].search([("order_id", "=", self.order.id)])), 1)
        update = self.order.update_ids.filtered(lambda update: update.stage_id.code == "ready")
        self.assertEqual((update.state, update.reason), ("refused", "consent_withdrawn"))

    def test_one_tap_stops_offers_alone_and_the_page_says_what_is_left(self):
        code = self.offer_code()
        page = html.fromstring(self.get(code).content)
        self.assertEqual(
            page.xpath("//button/@value"), ["stop_offer_sms", "stop_order_sms", "stop", "hours", "complain"]
        )
        self.assertEqual(page.xpath("//button[@class='primary']/@value"), ["stop_offer_sms"])
        answer = self.url_open(f"/u/{code}", data={"do": "stop_offer_sms", "csrf_token": self.token()})
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna))
        page = html.fromstring(answer.content)
        self.assertIn("Stopped: Offers by SMS", " ".join(page.text_content().split()))
        self.assertEqual(page.xpath("//button/@value"), ["stop_order_sms", "stop", "hours", "complain"])
        self.url_open(f"/u/{code}", data={"do": "stop_order_sms", "csrf_token": self.token()})
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna, self.order_call))
        self.assertNotIn(">Stop all texts<", self.get(code).text)

    def offer_code(self):
        sms = self.make_sms()
        self.env.cr.execute("UPDATE sms_sms SET purpose_id = %s WHERE id = %s", [self.offer_sms.id, sms.id])
        sms.invalidate_recordset()
        return self.env["consent.link"]._for_sms_sudo(sms)[sms.id].rsplit("/u/", 1)[1]

    def test_stopping_one_twice_is_one_event(self):
        code, token = self.offer_code(), self.token()
        answers = [self.url_open(f"/u/{code}", data={"do": "stop_offer_sms", "csrf_token": token}) for _time in "12"]
        self.assertEqual({answer.status_code for answer in answers}, {200})
        events = [("purpose_id", "=", self.offer_sms.id), ("kind", "in", ("granted", "withdrawn"))]
        self.assertEqual(sorted(self.env["consent.event"].search(events).mapped("kind")), ["granted", "withdrawn"])

    def test_forged_purposes_stop_nothing(self):
        token = self.token()
        for do in (
            "stop_",
            "stop_service",
            "stop_order_call",
            "stop_\0",
            "stop_offer_sms ",
            "stop_1",
            "stop" + "x" * 9999,
        ):
            answer = self.url_open(f"/u/{self.code}", data={"do": do, "csrf_token": token})
            self.assertEqual(answer.status_code, 404, do)
        answer = self.url_open(f"/u/{self.code}", data={"csrf_token": token}, files={"do": ("stop", b"stop")})
        self.assertEqual(answer.status_code, 404)
        self.assertIsNone(self.verdict(self.anna))
        self.assertIsNone(self.verdict(self.anna, self.order_call))

    def test_a_number_to_be_confirmed_can_be_stopped(self):
        self.company.consent_confirm = True
        self.assertIn(">Stop all texts<", self.get(self.code).text)
        self.post(self.code, "stop_order_sms")
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_hours_are_chosen_behind_the_link(self):
        token = self.token()

        def choose(hour_from, hour_to):
            data = {"do": "hours", "hour_from": hour_from, "hour_to": hour_to, "csrf_token": token}
            return self.url_open(f"/u/{self.code}", data=data).text

        self.assertIn("hours are saved", choose("10", "18"))
        self.assertIn("Choose two hours", choose("18", "10"))
        self.env.invalidate_all()
        self.assertEqual((self.anna.sms_hour_from, self.anna.sms_hour_to), (10, 18))
        self.anna.phone = OTHER
        self.assertNotIn("hour_from", self.get(self.code).text, "the customer's hours, not the old handset's")
        choose("8", "9")
        self.env.invalidate_all()
        self.assertEqual((self.anna.sms_hour_from, self.anna.sms_hour_to), (10, 18))

    def test_another_link_of_the_same_number_says_that_texts_are_stopped(self):
        other = self.make_code()
        self.post(self.code, "stop")
        text = self.get(other).text
        self.assertIn("Texts are stopped", text)
        self.assertNotIn(">Stop all texts<", text)
        self.assertIn("I did not ask for this", text)

    def test_posting_needs_the_token_of_the_page(self):
        for token in ("", "0", "0o9999999999"):
            answer = self.url_open(f"/u/{self.code}", data={"do": "stop", "csrf_token": token})
            self.assertEqual(answer.status_code, 400)
        self.assertIsNone(self.verdict(self.anna))
        self.assertFalse(self.link.used_at)

    def test_an_unknown_wish_changes_nothing(self):
        self.assertEqual(self.post(self.code, "delete").status_code, 404)
        self.assertIsNone(self.verdict(self.anna))
        self.assertFalse(self.link.used_at)

    def test_a_complaint_stops_and_has_an_owner_and_a_deadline(self):
        with freeze_time(self.noon):
            answer = self.post(self.code, "complain")
        self.assertIn("We are sorry", answer.text)
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        activity = self.order.activity_ids
        self.assertEqual(activity.user_id, self.salesperson)
        self.assertEqual(activity.date_deadline, self.noon.date() + timedelta(days=3))
        self.assertEqual(activity.activity_type_id, self.env.ref("consent_notify.activity_complaint"))
        self.assertNotIn(NUMBER[-4:], activity.note)

    def test_a_complaint_needs_no_activity_type(self):
        self.env.ref("consent_notify.activity_complaint").unlink()
        with freeze_time(self.noon):
            self.assertIn("We are sorry", self.post(self.code, "complain").text)
        self.assertEqual(self.order.activity_ids.date_deadline, self.noon.date() + timedelta(days=3))

    def test_the_deadline_is_the_day_of_who_complains(self):
        """With the shop's kind of activity and without: late in the evening it is tomorrow already further east."""
        link = self.link.with_context(tz="Asia/Tokyo")
        with freeze_time(self.noon.replace(hour=20)):
            expected = self.noon.date() + timedelta(days=4)
            self.assertEqual(link._deadline(), expected)
            self.env.ref("consent_notify.activity_complaint").unlink()
            self.assertEqual(link._deadline(), expected)

    def test_a_complaint_about_nobodys_order_goes_to_an_officer(self):
        self.order.user_id = False
        self.anna.user_id = False
        officer = self.link._owner()
        self.assertTrue(officer.has_group("consent_notify.group_officer"))
        self.post(self.code, "complain")
        self.assertEqual(self.order.activity_ids.user_id, officer)

    # ------------------------------------------------------------ codes that do not work

    def test_wrong_expired_and_used_codes_are_answered_alike(self):
        expired, used = self.make_code(), self.make_code()
        self.env["consent.link"]._find_sudo(expired).expires = fields.Datetime.now() - timedelta(seconds=1)
        self.env["consent.link"]._find_sudo(used).write({"used_at": fields.Datetime.now(), "used_for": "stop"})
        self.env.flush_all()
        token = self.token()
        codes = (WRONG, expired, used, "short", "A" * 4000, "%00")
        answers = [self.get(code) for code in codes]
        answers += [self.url_open(f"/u/{code}", data={"do": "complain", "csrf_token": token}) for code in codes]
        self.assertEqual({answer.status_code for answer in answers}, {404})
        self.assertEqual(len({answer.content for answer in answers}), 1)
        kept = [{k: v for k, v in a.headers.items() if k not in ("Date", "Set-Cookie")} for a in answers]
        self.assertTrue(all(headers == kept[0] for headers in kept))
        self.assertIn("shop@example.com", answers[0].text)
        self.assertIsNone(self.verdict(self.anna))

    def test_the_21st_wrong_try_of_an_hour_is_refused(self):
        with self.behind_proxy(address="198.51.100.7"):
            for number in range(WRONG_TRIES):
                self.assertEqual(self.get(f"{number:011d}").status_code, 404)
            self.assertEqual(self.get(WRONG).status_code, 429)
            self.assertEqual(self.get(self.code).status_code, 429, "a right guess must not show either")
        with self.behind_proxy(address="198.51.100.8"):
            self.assertEqual(self.get(self.code).status_code, 200)
        self.env.cr.execute("UPDATE consent_link_try SET time = time - interval '61 minutes'")
        with self.behind_proxy(address="198.51.100.7"):
            self.assertEqual(self.get(self.code).status_code, 200)

    def test_tries_keep_no_address_and_go_after_an_hour(self):
        with self.behind_proxy(address="198.51.100.7"):
            self.get(WRONG)
        self.env.cr.execute("SELECT t::text FROM consent_link_try t")
        self.assertNotIn("198.51", self.env.cr.fetchone()[0])
        self.env.cr.execute("UPDATE consent_link_try SET time = time - interval '61 minutes'")
        self.env["consent.link.try"]._gc_tries()
        self.assertFalse(self.env["consent.link.try"].search_count([]))

    def test_old_links_are_not_counted_as_tries(self):
        self.link.expires = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.get(self.code)
        self.assertFalse(self.env["consent.link.try"].search_count([]))

    # ------------------------------------------------------------ what may be read along

    def test_plain_http_is_refused_off_localhost(self):
        before = self.snapshot()
        with self.behind_proxy(scheme="http"):
            answer = self.get(self.code)
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn(self.order.name, answer.text)
            self.assertIn(f"https://shop.example.com/u/{self.code}", answer.text)
            self.assertEqual(self.get(WRONG).status_code, 403, "refused before anything is looked up")
        self.assertEqual(self.snapshot(), before)
        with self.behind_proxy(scheme="https"):
            self.assertEqual(self.get(self.code).status_code, 200)

    def test_plain_http_changes_nothing_either(self):
        token = self.token()
        with self.behind_proxy(scheme="http"):
            self.url_open(f"/u/{self.code}", data={"do": "stop", "csrf_token": token})
        self.assertIsNone(self.verdict(self.anna))

    def test_the_code_is_in_no_log_and_the_table_holds_a_hash(self):
        heard = self.hear_logs("werkzeug", "odoo")
        self.get(self.code)
        self.post(self.code, "stop")
        self.assertIn('"GET /u/[code] HTTP/1.1" 200', heard.getvalue())
        self.assertIn('"POST /u/[code] HTTP/1.1" 200', heard.getvalue())
        self.assertNotIn(self.code, heard.getvalue())
        self.env.cr.execute("SELECT l::text FROM consent_link l WHERE id = %s", [self.link.id])
        self.assertNotIn(self.code, self.env.cr.fetchone()[0])

    def test_making_links_costs_the_same_for_few_and_many(self):
        few = sum((self.make_sms() for _time in range(2)), self.env["sms.sms"])
        many = sum((self.make_sms() for _time in range(30)), self.env["sms.sms"])
        counts = []
        for texts in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            links = self.env["consent.link"]._for_sms_sudo(texts)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(set(links.values())), len(texts))
            self.assertTrue(all("://" not in address for address in links.values()))
        self.assertEqual(*counts)
