from odoo.tests import TransactionCase, tagged

TYPED, RUSSIAN = "8 (916) 123-45-67", "+79161234567"


@tagged("post_install", "-at_install")
class TestSealedCountries(TransactionCase):
    """Digits without a prefix, written by companies of several countries on contacts that name none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vault = cls.env["phone.vault"]
        cls.env.company.country_id = cls.env.ref("base.us")
        cls.russian = cls.env["res.company"].create({"name": "Iva", "country_id": cls.env.ref("base.ru").id})

    def forget(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.cache.pop("consent_notify_vault", None)

    def write_down(self, company):
        contact = self.env["res.partner"].with_company(company).create({"name": "Anna", "phone": TYPED})
        contact.flush_recordset()
        return contact

    def test_a_number_has_one_code_before_and_after_its_record_is_read_again(self):
        self.write_down(self.russian)
        self.forget()
        contact = self.write_down(self.env.company)
        at_once = contact.read(["phone"])[0]["phone"]
        self.forget()
        self.assertEqual(at_once, contact.read(["phone"])[0]["phone"])
        self.assertIn("+7", at_once)

    def test_what_an_update_emptied_is_computed_in_the_country_it_was_written_in(self):
        contact = self.write_down(self.russian)
        self.assertEqual(contact.phone_sanitized, RUSSIAN)
        self.env.cr.execute("UPDATE res_partner SET phone_sanitized = NULL WHERE id = %s", [contact.id])
        self.forget()
        self.assertEqual(self.vault._repair_sanitized_sudo(), 1)
        self.forget()
        self.assertEqual(contact.phone_sanitized, RUSSIAN)
