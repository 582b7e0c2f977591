import logging

from odoo.tests import BaseCase, tagged

from ..tools import phone, redact


@tagged("post_install", "-at_install")
class TestPhoneText(BaseCase):
    def test_one_number_in_many_spellings(self):
        for text in (
            "+7 916 123-45-67",
            "8 (916) 123-45-67",
            "007 916 1234567",
            "tel:+7-916-123-45-67;ext=1",
            "89161234567",
        ):
            self.assertEqual(phone.to_e164(text, "RU"), "+79161234567", text)
        for text in (None, "", "  ", "tel:", "hello", "12", "+7 916", "1" * 400):
            self.assertIsNone(phone.to_e164(text, "RU"), text)

    def test_what_could_be_dialled_is_a_number_and_a_day_is_none(self):
        for text in (
            "moved to 28.11.2026",
            "28.11.2026 10-20",
            "from 28.11. - 30.11.2026",
            "11/28/2026",
            "2026-11-28 18:00",
            "order WEB-2026-00123",
            "invoice INV/2026/00123",
            "order S00042, 2 boxes",
        ):
            self.assertFalse(phone.has_number(text), text)
            self.assertEqual(phone.without_numbers(text), text)
        for text in (
            "0470 12 34 56",
            "8 916 123-45-67",
            "79161234567",
            "(202) 555-0187",
            "06.12.03.04.05",
            "06 12 20 26 11",
            "28.11.2026 555 0187",
            "TEL-9161234567",
            "2026-00123",
            "tel:2026-5550187",
        ):
            self.assertTrue(phone.has_number(f"call {text}, please"), text)
            self.assertNotRegex(phone.without_numbers(f"call {text}, please"), r"\d")

    def test_masks_hide_all_but_four_digits(self):
        self.assertEqual(phone.mask("+79161234567"), "+7 ••• ••• 45 67")
        self.assertEqual(phone.mask("8 (916) 123-45-67", "RU"), "+7 ••• ••• 45 67")
        self.assertEqual(phone.mask("12345"), "••• •••", "four digits of a short number are too many")
        self.assertEqual(phone.mask("not a number"), "••• •••")

    def test_many_are_masked_as_one_by_one(self):
        numbers = [
            ("+7 916 123-45-67", "RU"),
            ("8 (916) 123-45-67", "RU"),
            ("+12025550143", "US"),
            ("+12025550144", None),
        ]
        odd = [
            ("12345", "RU"),
            ("+7 916 123-45-67\n+7 916 123-45-68", None),
            ("٠٩١٦١٢٣٤٥٦٧", "RU"),
            ("not a number", None),
        ]
        for mixed in (numbers, *([*numbers, (text, region)] for text, region in odd)):
            texts, regions = zip(*mixed, strict=True)
            self.assertEqual(phone.mask_all(texts, regions), [phone.mask(*one) for one in mixed])
        self.assertEqual(phone.mask_all([], []), [])

    def test_handle_codes(self):
        self.assertEqual(phone.handle_code("+7 ••• ••• 45 67 #9KQ2M7X4TD"), "9KQ2M7X4TD")
        for text in ("+7 ••• ••• 45 67", "#9KQ2M7X4T", "#9KQ2M7X4TDD", "#9kq2m7x4td", "#9KQ2M7X4TU"):
            self.assertIsNone(phone.handle_code(text), text)

    def test_spellings_cover_what_people_and_programs_write(self):
        found = phone.spellings("+79161234567")
        for spelling in (
            "+79161234567",
            "79161234567",
            "89161234567",
            "9161234567",
            "8 (916) 123-45-67",
            "+7 916 123-45-67",
            "+7-916-123-45-67",
            "%2B79161234567",
        ):
            self.assertIn(spelling, found)

    def test_redactor_takes_numbers_out_of_records(self):
        def shown(message, *args, name="odoo.http", level=logging.WARNING):
            record = logging.LogRecord(name, level, __file__, 1, message, args, None)
            redact.Redactor().filter(record)
            return record.getMessage()

        self.assertEqual(shown("Unable to parse %s: bad", "+7 916 123-45-67"), "Unable to parse [number]: bad")
        self.assertNotIn("9161234567", shown("GET /shop?phone=%2B79161234567 200"))
        query = "bad query: b\"UPDATE t SET phone='89161234567'\"\nERROR: no\nDETAIL:  Key (phone)=(89161234567)"
        self.assertNotIn("89161234567", shown(query, name="odoo.sql_db", level=logging.ERROR))
        for innocent in ("2026-11-24 02:27:46,293 loaded in 0.36s, 3727 queries", "127.0.0.1:8069", "order S00042"):
            self.assertEqual(shown(innocent), innocent)
