from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from ..tools.replies import read_reply

STOP = """
    STOP|stop.|Stop. Thank you|stop!!!|stop it|Please stop texting me|STOP ALL|stop-all|Ｓｔｏｐ
    Unsubscribe me please|opt out|OPT-OUT|Don't text me anymore|Don’t text me|do not contact me|END|quit|Quit, please
    стоп!|Стоп|СТОП, спасибо|СТОП\u200b|Пожалуйста, стоп|не пишите мне больше|Больше не присылайте СМС|Отпишите меня
    отписаться|Прекратите|ARRÊT|arret|td|Hi, stop|Ok. Stop.
"""
NOT_STOP = """
    don't stop|Don’t stop|please do not stop|non-stop|where is the bus stop?|Bus stop|I'll stop by at five|stop by
    the end|at the end of the week|End of the week is fine|I quit my job|не стоп|не останавливайтесь|до остановки
    Thank you|Yes|ok|Спасибо|Не отменяйте заказ|cancel my order|отмена заказа|help me find it|start at nine|s top
    Can you bring it to the stop on Elm Street?||!!!|👍
"""


def each(text):
    return [reply.strip() for line in text.strip().splitlines() for reply in line.split("|")]


@tagged("post_install", "-at_install")
class TestReplies(TransactionCase):
    def kind_of(self, body):
        return read_reply(body, self.env["consent.reply.word"]._words_sudo())[0]

    def test_a_word_of_stopping_is_found_in_free_text(self):
        for body in each(STOP):
            self.assertEqual(self.kind_of(body), "stop", body)

    def test_a_sentence_about_something_else_stops_nothing(self):
        for body in each(NOT_STOP):
            self.assertIsNone(self.kind_of(body), body)

    def test_an_essay_is_no_word(self):
        self.assertIsNone(self.kind_of("Stop. " + "I want to tell you a story. " * 20))

    def test_cancel_help_and_start_are_read_alone(self):
        for body, kind in {
            "CANCEL": "cancel",
            "Отмена!": "cancel",
            "отменить, пожалуйста": "cancel",
            "Help": "help",
            "помощь": "help",
            "START": "start",
            "Старт": "start",
        }.items():
            self.assertEqual(self.kind_of(body), kind, body)

    def test_every_word_of_the_providers_and_the_law_is_there_with_its_source(self):
        wanted = "STOP UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT ARRET TD REMOVE СТОП ОТПИСАТЬСЯ".split()
        for word in [*wanted, "opt out"]:
            self.assertEqual(self.kind_of(word), "stop", word)
        for row in self.env["consent.reply.word"].search([]):
            self.assertTrue(row.source and row.source_date and row.lang, row.word)

    def test_the_shop_adds_and_archives_words(self):
        words = self.env["consent.reply.word"]
        word = words.create({"word": "Bitte keine SMS", "kind": "stop", "lang": "de"})
        self.assertEqual(self.kind_of("bitte keine sms!"), "stop")
        word.active = False
        self.assertIsNone(self.kind_of("bitte keine sms!"))
        with self.assertRaises(ValidationError):
            words.create({"word": "!!!"})
