"""Exports say what reading says: also of texts that code makes of a number, and of wizards that anybody makes."""

from contextlib import nullcontext
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.phone_vault_rows import PhoneVault
from .attack_common import MASK, NUMBER, AttackCommon

TEXT = ("char", "text", "html")


@tagged("post_install", "-at_install")
class TestAttacksByExport(AttackCommon):
    def composer(self, **values):
        values = {"composition_mode": "comment", "body": "x", **values}
        return self.env["sms.composer"].with_user(self.staff).create(values)

    def exported(self, record, name):
        self.forget()
        return record.export_data([name])["datas"][0][0]

    def off(self):
        """Take the mask off: what the core would export."""
        return patch.object(PhoneVault, "_mask_exported", lambda vault, field, value, record: value)

    def test_what_a_wizard_takes_from_a_contact(self):
        composer = self.composer(res_model="res.partner", res_id=self.zoe.id)
        for off in (True, False):
            with self.off() if off else nullcontext():
                self.assertEqual(self.exported(composer, "recipient_single_number"), NUMBER if off else MASK)

    def test_a_wizard_confirms_no_guess(self):
        composer = self.composer(numbers=NUMBER, recipient_single_number_itf=NUMBER)
        for name in ("numbers", "sanitized_numbers", "recipient_single_number_itf"):
            with self.subTest(name):
                self.assertEqual(self.exported(composer, name), MASK)

    def test_each_text_that_is_made_of_a_number(self):
        self.env["sms.sms"].create({"number": NUMBER, "body": "x", "partner_id": self.zoe.id})
        self.env["phone.blacklist"].create({"number": NUMBER})
        self.env["website.visitor"].create({"access_token": str(self.zoe.id), "partner_id": self.zoe.id})
        self.composer(res_model="res.partner", res_id=self.zoe.id, numbers=NUMBER)
        self.env.flush_all()
        walked = set()
        for field in self.env["phone.vault"]._derived_fields():
            model = self.env[field.model_name]
            if field.type not in TEXT or model._abstract or not model._auto:
                continue
            for user in (self.staff, self.env.ref("base.user_admin")):
                self.forget()
                try:
                    records = model.with_user(user).search([], limit=20, order="id desc")
                    told = records.export_data([field.name])["datas"]
                except AccessError:
                    continue  # not theirs to read
                with self.subTest(field=str(field), user=user.login):
                    self.assertMasked(told)
                walked.add(str(field))
        self.assertLessEqual(
            {"website.visitor.mobile", "sms.sms.display_name", "sms.composer.sanitized_numbers"}, walked
        )
