"""The number as the name of a file: whoever asks for a picture says which field it is named by."""

import re
from contextlib import nullcontext
from unittest.mock import patch
from urllib.parse import unquote

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.base.models.ir_binary import IrBinary as CoreBinary

from ..models.ir_binary import IrBinary
from .attack_common import AttackCommon


@tagged("post_install", "-at_install")
class TestAttacksByFileName(AttackCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.zoe.parent_id = firm
        colleague = new_test_user(cls.env, "colleague", "base.group_portal")
        colleague.partner_id.parent_id = firm

    def named_by_number(self, path):
        """Tell whether a file that comes has the number in its name, or anywhere else in what goes before it."""
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200, path)
        headers = (re.sub(r"\D", "", unquote(value)) for value in answer.headers.values())
        return any("5550187" in header for header in headers)

    def assertUnnamed(self, model, record_id):
        """Fetch the picture of a record in all ways; the core's own method shows that each is one."""
        self.env.flush_all()
        for path in (f"/web/image/{model}/{record_id}/avatar_128", f"/web/content/{model}/{record_id}/avatar_128"):
            for field in ("phone", "phone_sanitized"):
                for download in ("", "&download=1"):
                    url = f"{path}?filename_field={field}{download}"
                    for off in (True, False):
                        core = patch.object(IrBinary, "_get_stream_from", CoreBinary._get_stream_from)
                        with self.subTest(url=url, off=off), core if off else nullcontext():
                            self.assertEqual(self.named_by_number(url), off)

    def test_staff(self):
        self.authenticate("attacker", "attacker")
        self.assertUnnamed("res.partner", self.zoe.id)

    def test_a_colleague_of_the_customer(self):
        self.authenticate("colleague", "colleague")
        self.assertUnnamed("res.partner", self.zoe.id)

    def test_a_visitor_who_looks_at_a_published_contact(self):
        self.zoe.is_published = True
        self.assertUnnamed("res.partner", self.zoe.id)

    def test_the_contact_behind_a_login(self):
        user = new_test_user(self.env, "zoe", "base.group_portal", partner_id=self.zoe.id)
        self.authenticate("attacker", "attacker")
        self.assertUnnamed("res.users", user.id)

    def test_other_names_stay(self):
        self.authenticate("attacker", "attacker")
        answer = self.url_open(f"/web/image/res.partner/{self.zoe.id}/avatar_128?download=1")
        self.assertIn("Zoe", answer.headers["Content-Disposition"])
        slip = {"name": "slip.txt", "raw": b"slip", "res_model": "sale.order", "res_id": self.order.id}
        attachment = self.env["ir.attachment"].create(slip)
        self.env.flush_all()
        answer = self.url_open(f"/web/content/{attachment.id}?download=1")
        self.assertIn("slip.txt", answer.headers["Content-Disposition"])
