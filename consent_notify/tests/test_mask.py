from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged

NUMBER = "+79161234567"
MASK = "+7 ••• ••• 45 67"


@tagged("post_install", "-at_install")
class TestMask(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        cls.other = cls.env["res.partner"].create({"name": "Boris"})
        cls.staff = new_test_user(
            cls.env, "mask_staff", "base.group_user,base.group_partner_manager,base.group_allow_export"
        )
        cls.portal = new_test_user(cls.env, "mask_portal", "base.group_portal")
        cls.handle = cls.partner.read(["phone"])[0]["phone"]

    def test_everything_read_is_masked(self):
        self.assertTrue(self.handle.startswith(MASK + " #"))
        for user in (self.staff, self.env.ref("base.user_admin")):
            partner = self.partner.with_user(user)
            self.env.invalidate_all()
            self.assertEqual(partner.read(["phone"])[0]["phone"], self.handle)
            self.assertEqual(partner.web_read({"phone": {}, "phone_sanitized": {}})[0]["phone"], self.handle)
            rows = partner.web_search_read([("id", "=", partner.id)], {"phone": {}})
            self.assertEqual(rows["records"][0]["phone"], self.handle)
            self.assertEqual(partner.export_data(["phone"])["datas"], [[self.handle]])
            fnames = [
                name
                for name, field in partner._fields.items()
                if field.type in ("char", "text", "html") and partner._has_field_access(field, "read")
            ]
            self.assertNotIn("1234567", str(partner.read(fnames)))

    def test_each_row_of_a_list_has_its_own_handle(self):
        phones = (False, NUMBER, "call after five", "+1 202-555-0143", False, "12345", "+7 916 123-45-68")
        partners = self.env["res.partner"].create([{"name": NUMBER, "phone": text} for text in phones])
        self.env.flush_all()
        for fresh in (False, True):  # typed in this transaction, and fetched
            if fresh:
                self.env.invalidate_all()
                self.env.cr.cache.pop("consent_notify_vault", None)
            together = partners.read(["name", "phone"])
            self.assertEqual(together, [partner.read(["name", "phone"])[0] for partner in partners])
            self.assertEqual([bool(values["phone"]) for values in together], [bool(text) for text in phones])
            self.assertFalse({values["phone"] for values in together} & set(filter(None, phones)))
            # A name is what somebody wrote: masked, it would tell who guesses that it is somebody's number.
            self.assertEqual({values["name"] for values in together}, {NUMBER})

    def test_names_made_of_numbers_are_masked(self):
        sms = self.env["sms.sms"].create({"number": NUMBER, "body": "x"})
        blacklisted = self.env["phone.blacklist"]._add([NUMBER])
        self.env.flush_all()
        for record in (sms, blacklisted):
            record.invalidate_recordset()
            self.assertEqual(record.read(["display_name"])[0]["display_name"], self.handle)

    def test_a_handle_comes_back_as_the_same_number(self):
        self.partner.with_user(self.staff).write({"phone": self.handle})
        self.assertEqual(self.partner.phone, NUMBER)
        self.other.with_user(self.staff).write({"phone": self.handle})
        self.assertEqual(self.other.phone, NUMBER)
        loaded = self.env["res.partner"].with_user(self.staff).load(["name", "phone"], [["Vera", self.handle]])
        self.assertEqual(self.env["res.partner"].browse(loaded["ids"]).phone, NUMBER)

    def test_a_customer_abroad_is_found_in_the_spelling_that_was_written(self):
        self.env.company.country_id = self.env.ref("base.us")
        be = self.env["res.partner"].create(
            {"name": "Bo", "phone": "0470 12 34 56", "country_id": self.env.ref("base.be").id}
        )
        ru = self.env["res.partner"].create(
            {"name": "Ru", "phone": "8 (916) 123-45-69", "country_id": self.env.ref("base.ru").id}
        )
        for partner, texts in {
            be: ("0470 12 34 56", "+32 470 12 34 56", "+32470123456"),
            ru: ("8 (916) 123-45-69", "+7 916 123 45 69"),
        }.items():
            for text in texts:
                for field in ("phone_mobile_search", "phone"):
                    self.assertIn(partner, partner.search([(field, "ilike", text)]), (field, len(text)))
        self.env["res.company"].create({"name": "Sister", "country_id": self.env.ref("base.be").id})
        self.assertIn(be, be.search([("phone", "ilike", "0470/123456")]), "read as one of the sister's country too")

    def test_one_spelling_in_two_countries_stays_two_numbers(self):
        text, (france, germany) = "01 42 68 53 00", (self.env.ref("base.fr"), self.env.ref("base.de"))
        claire, dieter = self.env["res.partner"].create(
            [
                {"name": "Claire", "phone": text, "country_id": france.id},
                {"name": "Dieter", "phone": text, "country_id": germany.id},
            ]
        )
        self.env.flush_all()
        self.env.cr.cache.clear()
        self.env.invalidate_all()
        vault, door = self.env["phone.vault"], self.env["phone.door"]
        for contact, e164 in ((claire, "+33142685300"), (dieter, "+49142685300")):
            self.assertEqual(vault._e164_of(contact, contact.phone), e164)
            self.assertEqual(door._shown(contact, contact.phone)["e164"], e164)
            self.assertIn(e164.encode(), door._export_part(contact.ids, "delivery", "", {}))
        handle = dieter.with_user(self.staff).read(["phone"])[0]["phone"]
        with self.assertRaisesRegex(UserError, "masked"):
            self.other.with_user(self.staff).write({"phone": handle})
        claire.phone = False
        self.env.flush_all()
        self.other.with_user(self.staff).write({"phone": handle})
        self.assertEqual(self.other.phone, "+49142685300")

    def test_a_mask_without_code_or_with_an_unknown_one_changes_nothing(self):
        for text in (MASK, MASK + " #0000000000"):
            with self.assertRaisesRegex(UserError, "masked"):
                self.partner.with_user(self.staff).write({"phone": text})
        self.assertEqual(self.partner.phone, NUMBER)

    def test_a_portal_user_cannot_read_a_number_through_its_handle(self):
        profile = self.portal.partner_id
        with self.assertRaises(UserError):
            profile.with_user(self.portal).sudo().write({"phone": self.handle})
        self.assertFalse(profile.phone)

    def test_staff_cannot_take_a_number_from_a_record_they_may_not_read(self):
        rule = self.env["ir.rule"].create(
            {
                "name": "not Anna",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("id", "!=", self.partner.id)],
            }
        )
        self.assertTrue(rule)
        with self.assertRaises(UserError):
            self.other.with_user(self.staff).write({"phone": self.handle})
        self.assertFalse(self.other.phone)

    def test_onchange_shows_what_was_typed_and_masks_the_rest(self):
        spec = {"phone": {}, "name": {}, "country_id": {}}
        partner = self.other.with_user(self.staff)
        values = {"phone": "8 916 555 44 33", "country_id": self.env.ref("base.ru").id}
        self.assertEqual(partner.onchange(values, ["phone"], spec)["value"]["phone"], "+7 916 555-44-33")
        values["phone"] = self.handle
        shown = partner.onchange(values, ["phone"], spec)["value"].get("phone", self.handle)
        self.assertEqual(shown, self.handle)
