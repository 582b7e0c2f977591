"""What a curious colleague with few rights can try. Each of these showed the number, or would without its cure."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .attack_common import NUMBER, AttackCommon


@tagged("post_install", "-at_install")
class TestAttacksOnHandles(AttackCommon):
    """A handle has to come back as the number for those who may have it, and for nobody else."""

    def test_onto_oneself(self):
        """Pages show a colleague's number whole."""
        me = self.staff.with_user(self.staff)
        for record in (me, me.partner_id):
            with self.assertRaisesRegex(UserError, "colleague"):
                record.write({"phone": self.handle})
        self.env.company.partner_id.user_id = self.staff
        with self.assertRaisesRegex(UserError, "company of yours"):
            self.env.company.partner_id.with_user(self.staff).write({"phone": self.handle})
        self.assertFalse(self.staff.partner_id.phone)

    def test_merged_with_oneself(self):
        me = self.staff.partner_id
        self.seen.email = me.email
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.staff)
        with self.assertRaisesRegex(UserError, "merged"):
            wizard.create({"partner_ids": [(6, 0, (self.zoe + me).ids)], "dst_partner_id": me.id}).action_merge()
        self.assertTrue(self.zoe.exists())
        self.assertFalse(me.phone)

    def test_as_a_default_of_the_context(self):
        self.assertHandle(self.Partner.with_context(default_phone=self.handle).default_get(["phone"]))
        made = self.Partner.with_context(default_phone=self.handle).create({"name": "Twin"})
        self.assertEqual(made.phone, NUMBER)
        typed = self.Partner.with_context(default_phone="+12025550111").default_get(["phone"])
        self.assertEqual(typed["phone"], "+12025550111", "what was typed stays")

    def test_as_ones_own_standing_default(self):
        with self.assertRaisesRegex(UserError, "no default"):
            self.env["ir.default"].with_user(self.staff).set("res.partner", "phone", self.handle, user_id=True)

    def test_copied_values_and_copies(self):
        self.assertHandle(self.seen.copy_data())
        copied = self.seen.copy()
        self.assertEqual(copied.phone, NUMBER)
        self.assertHandle(copied.read(["phone", "name", "display_name"]))

    def test_a_copy_by_somebody_who_may_not_read_the_source(self):
        """Values of a copy are for whoever makes the record in the same transaction, a public visitor's cart too."""
        public = self.env.ref("base.public_user")
        self.assertEqual(self.zoe.with_user(public).sudo().copy().phone, NUMBER)


@tagged("post_install", "-at_install")
class TestAttacksOnReading(AttackCommon):
    def test_through_relations_forms_and_onchanges(self):
        spec = {"fields": {"phone": {}, "phone_sanitized": {}, "display_name": {}}}
        order = self.order.with_user(self.staff)
        self.assertHandle(order.web_read({"partner_id": spec}))
        new = self.env["sale.order"].with_user(self.staff)
        nested = {"partner_id": spec, "partner_shipping_id": spec, "partner_invoice_id": spec}
        self.assertHandle(new.onchange({"partner_id": self.zoe.id}, ["partner_id"], nested))
        self.assertMasked(self.Partner.onchange({"parent_id": self.zoe.id}, ["parent_id"], {"parent_id": spec}))
        self.assertHandle(self.Partner.web_name_search("Zoe", {"phone": {}}))

    def test_through_exports_of_related_fields(self):
        datas = self.order.with_user(self.staff).export_data(
            ["partner_id/phone", "partner_id/phone_sanitized", "partner_id/commercial_partner_id/phone"]
        )["datas"]
        self.assertEqual(datas, [[self.handle] * 3])

    def test_through_names(self):
        for context in ({"show_address": 1, "show_email": 1, "show_vat": 1}, {"formatted_display_name": True}):
            self.assertMasked(self.seen.with_context(**context).display_name)
        self.assertMasked(self.Partner.name_search("Zoe"))
        self.assertFalse(self.Partner.name_search("5550187"))

    def test_by_groups_order_and_aggregates(self):
        ids = [("id", "=", self.zoe.id)]
        attempts = (
            lambda: self.Partner.web_read_group(ids, ["phone"], ["__count"]),
            lambda: self.Partner.web_read_group(ids, ["parent_id.phone"], ["__count"]),
            lambda: self.Partner.formatted_read_group(ids, ["parent_id"], ["phone:array_agg"]),
            lambda: self.Partner.formatted_read_group(ids, ["id"], [], having=[("phone:max", ">", "+1")]),
            lambda: self.Partner.formatted_read_grouping_sets(ids, [["phone"]], ["__count"]),
            lambda: self.Partner.read_group(ids, ["phone:max"], ["parent_id"]),
            lambda: self.Partner.read_progress_bar(ids, "phone", {"field": "type", "colors": {"contact": "success"}}),
            lambda: self.Partner.search(ids, order="phone desc"),
            lambda: self.Partner.web_search_read(ids, {"name": {}}, order="phone_sanitized"),
        )
        for number, attempt in enumerate(attempts):
            with self.subTest(number), self.assertRaisesRegex(UserError, "sealed"):
                attempt()

    def test_by_ranges_and_parts(self):
        Order = self.env["sale.order"].with_user(self.staff)
        for model, leaf in (
            (self.Partner, ("phone", "<", "+13")),
            (self.Partner, ("phone_sanitized", ">=", "+1202")),
            (self.Partner, ("phone", "=like", "+1202%")),
            (self.Partner, ("phone", "not like", "20255")),
            (Order, ("partner_id.phone", "like", "+12025")),
            (Order, ("partner_id", "any", [("phone", ">", "+1")])),
        ):
            with self.subTest(leaf), self.assertRaisesRegex(UserError, "sealed"):
                model.search([leaf])

    def test_a_kept_filter_is_no_way_around(self):
        kept = self.env["ir.filters"].with_user(self.staff)
        kept = kept.create(
            {
                "name": "Guess",
                "model_id": "res.partner",
                "domain": "[('phone', '=like', '+1202%')]",
                "user_ids": [(6, 0, self.staff.ids)],
            }
        )
        with self.assertRaisesRegex(UserError, "sealed"):
            self.Partner.search(kept._get_eval_domain())
