from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged

NUMBER = "+12025550187"


@tagged("post_install", "-at_install")
class TestDoorCopy(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zoe, cls.other = cls.env["res.partner"].create([{"name": "Zoe", "phone": NUMBER}, {"name": "Other"}])
        cls.staff = new_test_user(cls.env, "copy_staff", "base.group_user,base.group_partner_manager")
        cls.handle = cls.zoe.read(["phone"])[0]["phone"]
        cls.Partner = cls.env["res.partner"].with_user(cls.staff)

    def copies(self):
        self.env.cr.flush()
        return self.env["phone.access"].search([("door", "=", "copy")], order="id")

    def assertLogged(self, row, note):
        self.assertEqual((row.user_id, row.model, row.res_id, row.note), (self.staff, "res.partner", self.zoe.id, note))
        self.assertTrue(self.handle.endswith("#" + row.code))

    def test_a_handle_written_on_another_contact_is_logged_once(self):
        self.other.with_user(self.staff).write({"phone": self.handle})
        self.assertLogged(self.copies(), f"res.partner({self.other.id})")

    def test_a_handle_on_a_new_contact_is_logged(self):
        self.Partner.create({"name": "New", "phone": self.handle})
        self.assertLogged(self.copies(), "res.partner(new)")

    def test_a_duplicated_contact_is_logged(self):
        copied = self.zoe.with_user(self.staff).copy()
        self.assertEqual(copied.phone, NUMBER)
        self.assertLogged(self.copies(), f"res.partner({copied.id})")
        self.zoe.with_user(self.staff).copy({"phone": False})
        self.assertEqual(len(self.copies()), 1)

    def test_an_untouched_form_and_a_form_not_saved_are_no_copies(self):
        self.zoe.with_user(self.staff).write({"phone": self.handle, "name": "Zoë"})
        self.Partner.onchange({"phone": self.handle, "name": "New"}, ["phone"], {"phone": {}, "name": {}})
        self.assertFalse(self.copies())

    def test_what_is_rolled_back_is_no_copy(self):
        with self.env.cr.savepoint() as savepoint:
            self.other.with_user(self.staff).write({"phone": self.handle})
            savepoint.rollback()
        self.assertFalse(self.copies())

    def test_many_copies_are_written_together(self):
        counts = []
        for size in (2, 20):
            rows = [[f"Import {i}", self.handle] for i in range(size)]
            self.Partner.load(["name", "phone"], rows)
            before = self.copies()
            partners = self.env["res.partner"].create([{"name": f"{i}"} for i in range(size)])
            partners.with_user(self.staff).write({"phone": self.handle})
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.env.cr.precommit.run()
            counts.append(self.env.cr.sql_log_count - start)
            self.assertTrue(self.copies() - before)
        self.assertEqual(*counts)

    def test_handles_of_an_import_are_looked_up_together(self):
        counts = {}
        for size in (3, 3, 300):  # the first fills the caches that stay
            sources = self.env["res.partner"].create(
                [{"name": f"Source {i}", "phone": f"+1202555{i:04}"} for i in range(size)]
            )
            self.env.flush_all()
            handles = [values["phone"] for values in sources.read(["phone"])]
            typed = [f"+1202554{i:04}" for i in range(size)]
            for way, make, texts in (
                ("load", self.load, handles),
                ("load, typed", self.load, typed),
                ("create", self.make, handles),
                ("create, typed", self.make, typed),
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                self.env.cr.cache.pop("consent_notify_vault", None)
                start = self.env.cr.sql_log_count
                made = make(texts)
                self.env.flush_all()
                counts.setdefault(way, []).append(self.env.cr.sql_log_count - start)
                self.assertEqual(made.sudo().mapped("phone"), typed if texts == typed else sources.mapped("phone"))
        # The core inserts a hundred rows at a time; beyond what typed numbers cost, handles cost next to nothing.
        growth = {way: many - few for way, (_first, few, many) in counts.items()}
        self.assertLess(growth["load"] - growth["load, typed"], 5)
        self.assertLess(growth["create"] - growth["create, typed"], 5)

    def load(self, texts):
        return self.Partner.browse(
            self.Partner.load(["name", "phone"], [[f"Import {i}", text] for i, text in enumerate(texts)])["ids"]
        )

    def make(self, texts):
        return self.Partner.create([{"name": f"New {i}", "phone": text} for i, text in enumerate(texts)])

    def test_the_handle_of_a_record_that_is_not_ours_to_read_fails_among_many(self):
        hidden = self.env["res.partner"].create({"name": "Hidden", "phone": "+12025550188"})
        handle = hidden.read(["phone"])[0]["phone"]
        self.env["ir.rule"].create(
            {
                "name": "All but one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {hidden.id})]",
            }
        )
        with self.assertRaises(UserError):
            self.Partner.create([{"name": "A", "phone": self.handle}, {"name": "B", "phone": handle}])
