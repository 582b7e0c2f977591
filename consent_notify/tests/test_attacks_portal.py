"""Ways by the customer's side of the shop, each shown open first, with what closes it taken off."""

import io
import re
import zipfile
from contextlib import nullcontext
from unittest.mock import patch
from urllib.parse import urlsplit

from lxml import html

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.web.models.res_partner import ResPartner as CorePartner

from ..models.res_partner import ResPartner
from .attack_common import MASK, NUMBER, AttackCommon

PASSWORD = "a thief's own words 1"


@tagged("post_install", "-at_install")
class TestAttacksPortal(AttackCommon, HttpCase):
    def shows_number(self, content):
        return "5550187" in re.sub(r"[\s()-]", "", content)

    def unmasked(self):
        """Take the mask off: what the core would show."""
        return patch.object(self.registry["phone.vault"], "_mask", lambda vault, text: text)

    def invite(self):
        """Change the customer's address as a colleague may, give it access and return the path of the invitation."""
        self.seen.email = "thief@example.com"
        wizard = self.env["portal.wizard"].with_user(self.staff).create({"partner_ids": [Command.link(self.zoe.id)]})
        wizard.user_ids.action_grant_access()
        mail = self.env["mail.mail"].search([("email_to", "ilike", "thief@example.com")], limit=1, order="id desc")
        mail = mail or self.env["mail.mail"].search([("recipient_ids", "=", self.zoe.id)], limit=1, order="id desc")
        self.assertFalse(self.shows_number(str(mail.body_html)))
        links = html.fromstring(str(mail.body_html)).xpath("//a[contains(@href, 'token=')]/@href")
        self.assertTrue(links, "the invitation lets its reader choose a password")
        parts = urlsplit(links[0])
        return f"{parts.path}?{parts.query}"

    def sign_up(self, invitation):
        self.authenticate(None, None)
        page = html.fromstring(self.url_open(invitation).content)
        [form] = page.xpath("//form[contains(@class, 'oe_reset_password_form') or contains(@class, 'oe_signup_form')]")
        fields = {**dict(form.form_values()), "password": PASSWORD, "confirm_password": PASSWORD}
        self.url_open(form.get("action") or invitation, data=fields)
        user = self.env["res.users"].search([("partner_id", "=", self.zoe.id)])
        self.authenticate(user.login, PASSWORD)
        return user

    def pages(self):
        """Return {path: page} of what the new login may open."""
        paths = (
            "/my",
            "/my/account",
            "/my/addresses",
            f"/my/address?partner_id={self.zoe.id}&address_type=billing",
            f"/my/orders/{self.order.id}",
        )
        answers = {path: self.url_open(path) for path in paths}
        self.assertEqual({answer.status_code for answer in answers.values()}, {200})
        return {path: answer.text for path, answer in answers.items()}

    def test_a_changed_address_that_is_given_access_reads_no_number(self):
        self.zoe.write({"street": "1 Elm Street", "city": "Reston", "zip": "20190"})
        self.env.flush_all()
        user = self.sign_up(self.invite())
        self.assertTrue(user._is_portal())
        with self.unmasked():
            opened = {path for path, page in self.pages().items() if self.shows_number(page)}
        self.assertGreaterEqual(
            opened, {"/my", "/my/account", f"/my/orders/{self.order.id}"}, "what the mask has to hide"
        )
        self.assertFalse([path for path, page in self.pages().items() if self.shows_number(page)])
        read = {"model": "res.partner", "method": "read", "args": [self.zoe.ids, ["phone", "name"]], "kwargs": {}}
        told = self.url_open("/web/dataset/call_kw/res.partner/read", json={"params": read}).text
        self.assertFalse(self.shows_number(told))

    def test_whose_salesperson_one_is_shows_no_customers_number(self):
        """A colleague who has got a customer's number onto their own contact, and a login of a friend."""
        me, friend = self.staff.partner_id, new_test_user(self.env, "friend", "base.group_portal")
        me.phone, friend.partner_id.user_id = NUMBER, self.staff
        self.env.flush_all()
        self.authenticate("friend", "friend")
        with self.unmasked():
            self.assertTrue(self.shows_number(self.url_open("/my/home").text), "what the mask has to hide")
        page = self.url_open("/my/home").text
        self.assertIn(MASK, page)
        self.assertFalse(self.shows_number(page))
        me.phone = "+1 202-555-0111"
        self.env.flush_all()
        self.assertIn("+1 202-555-0111", self.url_open("/my/home").text, "one's own is there for customers")

    def test_a_card_of_a_contact_carries_no_number(self):
        self.authenticate("attacker", "attacker")
        other = self.env["res.partner"].create({"name": "Other", "phone": NUMBER})
        self.env.flush_all()
        one = f"/web/partner/vcard?partner_ids={self.zoe.id}"
        many = f"{one},{other.id}"
        for off in (True, False):
            with patch.object(ResPartner, "_build_vcard", CorePartner._build_vcard) if off else nullcontext():
                card = self.url_open(one)
                self.assertIn("Zoe", card.text)
                self.assertEqual(self.shows_number(card.text), off)
                packed = zipfile.ZipFile(io.BytesIO(self.url_open(many).content))
                self.assertEqual(len(packed.namelist()), 2)
                for name in packed.namelist():
                    self.assertEqual(self.shows_number(packed.read(name).decode()), off)
