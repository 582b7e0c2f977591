from psycopg2.errors import ForeignKeyViolation

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools import seal

NUMBER, TYPED = "+79161234567", "8 (916) 123-45-67"


@tagged("post_install", "-at_install")
class TestSealedField(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vault = cls.env["phone.vault"]
        cls.russia = cls.env.ref("base.ru")
        cls.partner = cls.env["res.partner"].create(
            {"name": "Anna", "phone": TYPED, "country_id": cls.russia.id, "email": "anna@example.com"}
        )

    def column(self, record, fname):
        record.flush_recordset()
        self.env.cr.execute(f"SELECT {fname} FROM {record._table} WHERE id = %s", [record.id])
        return self.env.cr.fetchone()[0]

    def test_record_shows_the_text_and_the_column_holds_a_token(self):
        self.partner.invalidate_recordset()
        self.assertEqual(self.partner.phone, TYPED)
        self.assertEqual(self.partner.phone_sanitized, NUMBER)
        for fname in ("phone", "phone_sanitized"):
            self.assertTrue(seal.is_token(self.column(self.partner, fname)), fname)

    def test_each_sealed_column_is_bound(self):
        columns = dict.fromkeys(self.vault._sealed_columns())
        for column in [
            ("res_partner", "phone"),
            ("res_partner", "phone_sanitized"),
            ("phone_blacklist", "number"),
            ("sms_sms", "number"),
            ("mail_notification", "sms_number"),
            ("payment_transaction", "partner_phone"),
        ]:
            self.assertIn(column, columns)
        for table, column in columns:
            self.env.cr.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
                " AND confrelid = 'phone_vault'::regclass",
                [table],
            )
            self.assertIn(f"{table}_{column}_vault_fkey", {name for (name,) in self.env.cr.fetchall()})

    def test_a_related_field_of_any_addon_brings_it_as_well(self):
        """Sealed by what stands at the end of its chain, which it learns after its own attributes."""
        self.addCleanup(self.registry.reset_changes)
        self.addCleanup(self.registry.clear_all_caches)
        self.env["ir.model.fields"].create(
            {
                **{"name": "x_phone", "model_id": self.env["ir.model"]._get_id("sale.order"), "ttype": "char"},
                **{"related": "partner_id.phone", "store": True, "tracking": 1},
            }
        )
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        self.env.flush_all()
        self.assertTrue(seal.is_token(self.column(order, "x_phone")))
        field = order._fields["x_phone"]
        self.assertTrue(field.index)
        self.assertIsNot(field.prefetch, True, "a list without numbers would open them")
        self.partner.phone = "+7 916 123-45-68"
        self.env.flush_all()
        self.cr.precommit.run()
        self.assertFalse(self.env["mail.tracking.value"].search([("field_id.name", "=", "x_phone")]))

    @mute_logger("odoo.sql_db")
    def test_every_sealed_column_has_what_the_seal_brings(self):
        """A field declared before the attribute is grafted, by an import in the wrong order, would lack it."""
        for model in (self.env[name] for name in self.env.registry):
            for field in model._sealed_fields():
                with self.subTest(field=str(field)):
                    self.assertEqual(field._extra_keys__, ())
                    self.assertEqual(field.prefetch, "sealed")
                    self.assertTrue(field.index)
                    self.assertFalse(getattr(field, "tracking", False))

    def test_postgresql_refuses_plain_text(self):
        self.partner.flush_recordset()
        with self.assertRaises(ForeignKeyViolation), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE res_partner SET phone = '1' WHERE id = %s", [self.partner.id])

    def test_what_is_no_text_is_refused_and_never_sealed(self):
        self.env.flush_all()
        partners = self.env["res.partner"]
        for value in ([TYPED], {"number": TYPED}, 79161234567, 7.9, True, 0, (TYPED,), []):
            for act in (
                lambda value=value: self.partner.write({"phone": value}),
                lambda value=value: partners.create({"name": "Not a text", "phone": value}),
                lambda value=value: self.partner.onchange({"phone": value}, ["phone"], {"phone": {}}),
            ):
                with self.assertRaisesRegex(UserError, "A phone number is a text") as caught, self.env.cr.savepoint():
                    act()
                self.assertNotIn("916", str(caught.exception))
            told = partners.load(["name", "phone"], [["Not a text", value]])
            if value:  # the import drops what is empty before anybody sees it
                self.assertFalse(told["ids"], value)
                self.assertIn("A phone number is a text", told["messages"][0]["message"])
        self.partner.invalidate_recordset()
        self.assertEqual(self.partner.phone, TYPED)
        self.assertFalse(partners.search([("name", "=", "Not a text"), ("phone", "!=", False)]))
        self.env.cr.execute("SELECT token FROM phone_vault")
        tokens = {token for (token,) in self.env.cr.fetchall()}
        for text in (str([TYPED]), str({"number": TYPED}), "79161234567", "True", "0", "[]"):
            self.assertNotIn(self.vault._token(text), tokens)

    def test_shop_number_stays_public(self):
        self.env.company.phone = "+7 495 000-00-01"
        self.assertEqual(self.column(self.env.company, "phone"), "+7 495 000-00-01")
        self.assertEqual(self.env.company.read(["phone"])[0]["phone"], "+7 495 000-00-01")

    def test_tokens_and_vault_rows_are_shared(self):
        other = self.env["res.partner"].create({"name": "Boris", "phone": TYPED})
        self.assertEqual(self.column(other, "phone"), self.column(self.partner, "phone"))

    def test_a_number_written_later_is_of_its_contacts_country(self):
        self.env.company.country_id = self.russia
        contact = self.env["res.partner"].create({"name": "Claire", "country_id": self.env.ref("base.fr").id})
        self.env.flush_all()
        self.env.invalidate_all()
        contact.write({"phone": "01 42 68 53 00"})
        token = self.column(contact, "phone")
        self.env.cr.execute("SELECT region, number_digest FROM phone_vault WHERE token = %s", [token])
        self.assertEqual(self.env.cr.fetchone(), ("FR", self.vault._digest("+33142685300")))

    def test_empty_and_tel_links(self):
        for empty in ("", "  ", "tel:", False):
            self.partner.phone = empty
            self.assertIsNone(self.column(self.partner, "phone"))
        self.partner.phone = "tel:+7-916-123-45-67"
        self.assertEqual(self.partner.phone, "+7-916-123-45-67")

    def test_a_token_is_no_number(self):
        token = self.column(self.partner, "phone")
        with self.assertRaises(UserError):
            self.env["res.partner"].create({"name": "Thief", "phone": token})

    def test_statements_do_not_grow_with_rows(self):
        def created(count, start):
            vals = [
                {"name": str(i), "phone": f"+7916{start + i:07}", "country_id": self.russia.id} for i in range(count)
            ]
            before = self.env.cr.sql_log_count
            self.env["res.partner"].create(vals).flush_recordset()
            return self.env.cr.sql_log_count - before

        created(1, 0)  # warms the caches
        self.assertEqual(created(10, 100), created(90, 1000))

    def test_a_fetch_opens_all_with_one_query(self):
        self.env["res.partner"].create([{"name": "x", "phone": f"+7916{i:07}"} for i in range(60)]).flush_recordset()
        partners = self.env["res.partner"].search([("name", "=", "x")])
        self.env.invalidate_all()
        self.vault._keyring()
        with self.assertQueryCount(2):
            self.assertEqual(len(set(partners.mapped("phone"))), 60)
            partners.mapped("phone_sanitized")

    def test_search_by_any_spelling_and_last_four(self):
        search = self.env["res.partner"].search
        self.assertIn(self.partner, search([("phone", "=", TYPED)]))
        self.assertNotIn(self.partner, search([("phone", "!=", TYPED)]))
        self.assertIn(self.partner, search([("phone", "!=", False)]))
        self.assertNotIn(self.partner, search([("phone", "=", False)]))
        for text in (NUMBER, "+7 916 123 45 67", "0079161234567", "4567"):
            self.assertIn(self.partner, search([("phone_mobile_search", "ilike", text)]), text)
        self.assertNotIn(self.partner, search([("phone_mobile_search", "ilike", "4568")]))

    def test_parts_order_and_groups_are_refused_in_words(self):
        model = self.env["res.partner"]
        for attempt in (
            lambda: model.search([("phone", "ilike", "916")]),
            lambda: model.search([("phone", ">", "+7")]),
            lambda: model.search([], order="phone"),
            lambda: model._read_group([], ["phone"]),
        ):
            with self.assertRaisesRegex(UserError, "sealed"):
                attempt()

    def test_blacklist_join_keeps_working(self):
        self.env["phone.blacklist"]._add([NUMBER])
        self.partner.invalidate_recordset()
        self.assertTrue(self.partner.phone_sanitized_blacklisted)
        self.assertIn(self.partner, self.env["res.partner"].search([("phone_sanitized_blacklisted", "=", True)]))

    def test_chatter_keeps_no_number(self):
        self.assertFalse(getattr(self.env["res.partner"]._fields["phone"], "tracking", None))
        self.assertFalse(getattr(self.env["phone.blacklist"]._fields["number"], "tracking", None))

    def test_nobody_writes_the_vault(self):
        row = self.vault.sudo().search([], limit=1)
        for attempt in (
            lambda: self.vault.sudo().create({"token": "x"}),
            lambda: row.write({"region": "US"}),
            lambda: row.unlink(),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_unused_rows_are_destroyed_and_used_ones_kept(self):
        token = self.column(self.partner, "phone")
        self.vault._destroy_unused_sudo()
        self.env.cr.execute("SELECT count(*) FROM phone_vault WHERE token = %s", [token])
        self.assertEqual(self.env.cr.fetchone()[0], 1)
        self.partner.phone = False
        self.assertGreaterEqual(self.vault._destroy_unused_sudo(), 2)
        self.env.cr.execute("SELECT count(*) FROM phone_vault WHERE token = %s", [token])
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_a_savepoint_rolled_back_is_forgotten(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.env["res.partner"].create({"name": "Vera", "phone": "+7 916 999-00-11"}).flush_recordset()
            raise ZeroDivisionError
        again = self.env["res.partner"].create({"name": "Vera", "phone": "+7 916 999-00-11"})
        self.assertTrue(seal.is_token(self.column(again, "phone")))

    def test_a_lost_key_is_an_error_and_never_a_blank(self):
        token = self.column(self.partner, "phone")
        self.env.cr.execute("UPDATE phone_vault SET sealed = set_byte(sealed, 1, 255) WHERE token = %s", [token])
        self.env.invalidate_all()
        self.env.cr.cache.clear()
        with self.assertRaisesRegex(UserError, "cannot be opened"):
            self.partner.phone  # noqa: B018

    def test_numbers_of_records_met_one_by_one_are_fetched_together(self):
        partners = self.env["res.partner"].create([{"name": f"Met {i}", "phone": f"+7916{i:07}"} for i in range(20)])
        orders = self.env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
        self.env.flush_all()

        def statements(count):
            self.env.invalidate_all()
            self.vault._keyring()
            met = [self.env["sale.order"].browse(order.id).partner_id for order in orders[:count]]
            for partner in met:
                partner.with_prefetch().name  # noqa: B018
            before = self.env.cr.sql_log_count
            self.assertTrue(all(partner.with_prefetch().phone for partner in met))
            return self.env.cr.sql_log_count - before

        self.assertEqual(statements(20), statements(2))
