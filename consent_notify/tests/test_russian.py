"""The shop in Russian: what a customer reads, made by Odoo itself from the addon's translations."""

from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools.segments import measure
from .orders_common import OrdersCommon

LINK = "atelier-iva.ru/u/Ab3dE5fG7hK"
TEXTS = {
    "confirmed": "Заказ S00042 принят, срок 28.11. Стоп: …",
    "preparing": "Заказ S00042 в работе, срок 28.11. Стоп: …",
    "ready": "Заказ S00042 готов к получению. Стоп: …",
    "dispatched": "Заказ S00042 отправлен, срок 28.11. Стоп: …",
    "delivered": "Заказ S00042 вручён. Вопросы: …",
    "delayed": "Заказ S00042: срок 28.11, не 26.11. Стоп: …",
    "cancelled": "Заказ S00042 отменён. Вопросы: …",
}


@tagged("post_install", "-at_install")
class TestRussian(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ru_RU")
        cls.env["ir.module.module"].search([("name", "=", "consent_notify")])._update_translations(["ru_RU"])
        cls.anna.lang = "ru_RU"
        cls.stages = cls.env["order.update.stage"].search([("company_id", "=", False)])

    def text(self, stage, order):
        return stage.template_id._render_field("body", order.ids, compute_lang=True)[order.id]

    def test_each_text_is_one_sms(self):
        order = self.make_order(name="S00042", commitment_date=datetime(2026, 11, 28, 12))
        confirmed = self.stages.filtered(lambda stage: stage.code == "confirmed")
        order.update_ids.create(
            {"order_id": order.id, "stage_id": confirmed.id, "due_date": "2026-11-26", "state": "sent"}
        )
        self.assertEqual(set(self.stages.mapped("code")), set(TEXTS))
        for stage in self.stages:
            with self.subTest(stage.code):
                text = self.text(stage, order)
                self.assertEqual(text.replace("[link]", "…"), TEXTS[stage.code])
                places, segments = measure(text.replace("[link]", LINK))
                self.assertLessEqual(places, 70)
                self.assertEqual(segments, 1)

    def test_the_hours_for_collecting_fit_in(self):
        self.company.collect_hours = "10:00-20:00"
        order = self.make_order(name="S00042")
        text = self.text(self.stages.filtered(lambda stage: stage.code == "ready"), order)
        self.assertEqual(text, "Заказ S00042 готов, 10:00-20:00. Стоп: [link]")
        places, segments = measure(text.replace("[link]", LINK))
        self.assertEqual((places <= 70, segments), (True, 1))

    def test_without_a_date_a_text_is_whole(self):
        order = self.make_order(name="S00042")
        with patch.object(type(order), "_due_date", lambda self: False):
            order.invalidate_recordset()
            texts = {stage.code: self.text(stage, order) for stage in self.stages}
        self.assertEqual(texts["confirmed"], "Заказ S00042 принят. Стоп: [link]")
        self.assertEqual(texts["delayed"], "Заказ S00042 задерживается. Стоп: [link]")

    def test_a_test_text_is_one_sms(self):
        self.company.name = "Atelier Iva"
        body = self.env["consent.test.sms"].with_context(lang="ru_RU").create({}).body
        self.assertEqual(body, "Atelier Iva: это проверка. Так будут выглядеть СМС о заказах.")
        self.assertEqual(measure(body)[1], 1)

    def test_stages_are_named_in_russian(self):
        names = self.stages.with_context(lang="ru_RU").mapped("name")
        self.assertEqual(names, ["Принят", "В работе", "Готов", "Отправлен", "Вручён", "Задерживается", "Отменён"])

    def test_an_order_and_its_text_are_told_apart(self):
        """English says “delivered” of both; Russian cannot, so the terms differ."""
        states = dict(
            self.env["order.update"]._fields["state"]._description_selection(self.env(context={"lang": "ru_RU"}))
        )
        self.assertEqual((states["delivered"], states["canceled"]), ("Доставлено", "Не понадобилось"))

    def test_a_russian_notice_is_russian_throughout(self):
        self.company.sms_provider = "sandbox"
        notice = self.env.ref("consent_notify.notice_order_sms_ru")
        for lang in ("en_US", "ru_RU"):
            preview = notice.with_context(lang=lang).preview
            self.assertIn("получает: пока никто, СМС в тестовом режиме.", preview)

    def test_a_notice_speaks_a_language_that_is_not_installed(self):
        self.company.sms_provider = "sandbox"
        self.anna.lang = "en_US"
        self.env["res.lang"]._lang_get("ru_RU").active = False
        self.assertIn("пока никто", self.env.ref("consent_notify.notice_order_sms_ru").preview)

    def test_the_reason_of_an_error_is_translated_too(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE phone_vault SET sealed = set_byte(sealed, 1, 255)"
            " WHERE token = (SELECT phone FROM res_partner WHERE id = %s)",
            [self.anna.id],
        )
        self.env.invalidate_all()
        self.env.cr.cache.clear()
        with self.assertRaisesRegex(UserError, "Не удаётся открыть номера. Номер зашифрован ключом, которого нет"):
            self.anna.with_context(lang="ru_RU").phone  # noqa: B018
