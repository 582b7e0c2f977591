from .plain_browser import plain_browser
from .test_link_answers import AnswersCommon
from .tour_common import on_every_screen


class LinkTours(AnswersCommon):
    """A customer's thumb on the page behind the link: every answer and every way out, without a script on the page."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang(self.lang)
        self.anna.lang = self.lang
        self.answer(self.anna, "refused", self.order_call)

    def test_every_answer_about_the_order(self):
        with plain_browser(self) as hand:
            hand.open(f"/u/{self.code}")
            self.assertEqual(hand.run("document.documentElement.lang"), self.lang.replace("_", "-"))
            hand.press("button[value=come]")
            self.assertTrue(hand.sees(".note[role=status]"))
            self.assertFalse(hand.sees("button[value=later]"), "folded until it is wanted")
            hand.tap("details summary")
            hand.tap("input[value=days]")
            hand.type("#words", "после 18:00")
            hand.press("button[value=later]")
            hand.press("button[value=call]")
            self.assertIn(self.link._call_words().label, hand.text())
            hand.press("a.button")
            hand.press("button[value=call]")
            hand.press("button[value=call]")
            hand.press("button[value=cancel]")
            hand.press("a.button")
            hand.press("button[value=cancel]")
            hand.press("button[value=cancel_sure]")
            self.assertFalse(hand.sees("#answers"), "all is said")
            hand.choose("#hour_from", "10")
            hand.choose("#hour_to", "18")
            hand.press("button[value=hours]")
            self.assertTrue(hand.sees("#hours .stage[role=status]"))
        self.env.invalidate_all()
        self.assertEqual(self.env["consent.link.answer"].search_count([("link_id", "=", self.link.id)]), 4)
        self.assertIn("после 18:00", "".join(self.order.message_ids.mapped("body")))
        self.assertEqual((self.order.state, len(self.order.activity_ids)), ("sale", 2))
        self.assertIsNone(self.verdict(self.anna, self.order_call))
        self.assertEqual((self.anna.sms_hour_from, self.anna.sms_hour_to), (10, 18))

    def test_stop_one_then_all(self):
        with plain_browser(self) as hand:
            hand.open(f"/u/{self.code}")
            hand.press("button[value=stop_offer_sms]")
            self.assertTrue(hand.sees(".note[role=status]"))
            hand.press("button[value=stop]")
            self.assertTrue(hand.sees(".done h1"))
            self.assertFalse(hand.sees("button"))
        self.env.invalidate_all()
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertEqual(self.link.used_for, "stop")

    def test_complaint(self):
        with plain_browser(self) as hand:
            hand.open(f"/u/{self.code}")
            hand.press("button[value=complain]")
            self.assertTrue(hand.sees(".done .date"), "by when a person looks into it")
        self.env.invalidate_all()
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertEqual(self.order.activity_ids.user_id, self.salesperson)


globals().update(on_every_screen(LinkTours, __name__))
