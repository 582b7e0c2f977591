from odoo.tests import HttpCase, new_test_user, tagged

from .checkout_common import ADDRESS, CheckoutCommon
from .consent_common import NUMBER


@tagged("post_install", "-at_install")
class TestDoorOwner(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(self.env, "door_owner", "base.group_portal", email="owner@example.com")
        self.owner = self.user.partner_id
        self.owner.write(
            {
                "phone": NUMBER,
                "street": "12 Elm Street",
                "city": "Ghent",
                "zip": "9000",
                "country_id": self.belgium.id,
            }
        )
        self.mask = self.env["phone.vault"]._mask(NUMBER)

    def shown(self, path="/my/account"):
        [form] = self.page(path).xpath(ADDRESS)
        return dict(form.form_values())["phone"], form

    def post(self, form, **values):
        data = {**dict(form.form_values()), **values}
        answer = self.url_open(form.get("data-submit-url"), data=data)
        self.assertNotIn("invalid_fields", answer.json(), answer.json())

    def test_an_account_shows_a_mask_and_keeps_the_number(self):
        self.authenticate("door_owner", "door_owner")
        shown, form = self.shown()
        self.assertEqual(shown, self.mask)
        self.post(form, city="Bruges")
        self.assertEqual((self.owner.phone, self.owner.city), (NUMBER, "Bruges"))
        handle = self.env["phone.vault"]._handle(NUMBER)
        self.post(form, phone=handle, city="Ghent")
        self.assertEqual((self.owner.phone, self.owner.city), (NUMBER, "Ghent"))

    def test_a_handle_of_another_customer_is_not_taken(self):
        other = self.env["res.partner"].create({"name": "Other", "phone": "+32470999888"})
        self.env.flush_all()
        self.authenticate("door_owner", "door_owner")
        _shown, form = self.shown()
        self.post(form, phone=self.env["phone.vault"]._handle(other.phone))
        self.assertEqual(self.owner.phone, NUMBER)
        self.assertNotIn("999888", self.url_open("/my/account").text.replace(" ", ""))

    def test_what_was_typed_in_this_session_is_shown_and_logged(self):
        self.authenticate("door_owner", "door_owner")
        _shown, form = self.shown()
        self.post(form, phone="+32 470 11 22 33")
        self.assertEqual(self.owner.phone.replace(" ", ""), "+32470112233")
        shown, _form = self.shown()
        self.assertEqual(shown, self.owner.phone)
        rows = self.env["phone.access"].search([("door", "=", "owner"), ("res_id", "=", self.owner.id)])
        self.assertEqual(rows.user_id, self.user)
        self.authenticate("door_owner", "door_owner")  # another browser
        self.assertNotEqual(self.shown()[0], self.owner.phone)

    def test_a_customer_who_saw_the_number_can_delete_the_account(self):
        self.authenticate("door_owner", "door_owner")
        _shown, form = self.shown()
        self.post(form, phone="+32 470 11 22 33")
        self.shown()
        row = self.env["phone.access"].search([("door", "=", "owner"), ("res_id", "=", self.owner.id)])
        self.user.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(row.exists())
        self.assertFalse(row.user_id)
        self.assertEqual((row.user_ref, row.login), (self.user.id, "customer"))

    def test_a_new_login_for_the_contact_does_not_read_the_number(self):
        """Somebody has the contact's e-mail changed and is given access to the portal."""
        self.owner.email = "thief@example.com"
        self.authenticate("door_owner", "door_owner")
        for path in ("/my/account", "/my/addresses", "/my"):
            self.assertNotIn(NUMBER[-8:], self.url_open(path).text.replace(" ", ""), path)

    def test_colleagues_see_masks_of_each_other(self):
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.owner.parent_id = company
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "type": "delivery", "parent_id": company.id, "phone": "+32470999888"}
        )
        self.env.flush_all()
        self.authenticate("door_owner", "door_owner")
        page = self.url_open("/my/addresses").text
        self.assertIn("Colleague", page)
        self.assertNotIn("999888", page.replace(" ", ""))
        shown, _form = self.shown(f"/my/address?partner_id={colleague.id}&address_type=delivery")
        self.assertIn("•", shown)

    def test_a_guest_reads_what_they_typed_and_no_other_browser_does(self):
        self.put_in_cart()
        self.send(self.address())
        guest = self.order().partner_id
        shown, _form = self.shown(f"/shop/address?partner_id={guest.id}")
        self.assertEqual(shown.replace(" ", "").replace("-", ""), NUMBER)
