from odoo.tests import TransactionCase, tagged

from .. import hooks
from ..tools import seal


@tagged("post_install", "-at_install")
class TestVaultHooks(TransactionCase):
    def plain(self, partner):
        self.env.cr.execute("SELECT phone, phone_sanitized FROM res_partner WHERE id = %s", [partner.id])
        return self.env.cr.fetchone()

    def test_uninstall_gives_the_numbers_back_and_install_seals_them(self):
        partner = self.env["res.partner"].create({"name": "Anna", "phone": "+7 916 123-45-67"})
        company_partner = self.env["res.partner"].create({"name": "B", "phone": "tel:+7 916 123-45-68"})
        (partner + company_partner).flush_recordset()
        sealed = [field for model in self.env.registry.values() for field in model._fields.values() if field.sealed]

        def seal_again():
            for field in sealed:
                field.sealed = True

        self.addCleanup(seal_again)
        hooks.uninstall_hook(self.env)
        self.assertEqual(self.plain(partner), ("+7 916 123-45-67", "+79161234567"))
        self.assertEqual(partner.read(["phone"])[0]["phone"], "+7 916 123-45-67")
        self.env.cr.execute("SELECT count(*) FROM phone_vault")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

        self.patch(self.env.cr, "postcommit", type(self.env.cr.postcommit)())
        hooks.pre_init_hook(self.env)
        seal_again()
        self.assertTrue(all(seal.is_token(value) for value in self.plain(partner)))
        hooks.post_init_hook(self.env)
        self.env.invalidate_all()
        self.env.cr.cache.clear()
        self.assertEqual(partner.phone, "+7 916 123-45-67")
        self.env.cr.execute("SELECT count(*) FROM pg_constraint WHERE confrelid = 'phone_vault'::regclass")
        self.assertEqual(self.env.cr.fetchone()[0], len(self.env["phone.vault"]._sealed_columns()))
