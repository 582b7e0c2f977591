"""What the staff do about consents, with their own hands: asking in person, codes, importing, taking evidence."""

from unittest.mock import patch

from odoo.tests import new_test_user

from ..models import consent_code
from .consent_common import NUMBER, ConsentCommon
from .test_door_show import with_second_factor
from .tour_common import Speaking, on_every_screen

GROUPS = "base.group_partner_manager,sales_team.group_sale_salesman_all_leads"


class StaffTours(ConsentCommon, Speaking):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "staff_manager", f"{GROUPS},consent_notify.group_manager")
        with_second_factor(cls.manager)
        cls.customer = cls.env["res.partner"].create(
            {"name": "Anna", "phone": NUMBER, "email": "staff_anna@example.com", "user_id": cls.manager.id}
        )
        # Debian's Odoo comes without this library of the video calls, which a browser hears of as an error.
        cls.env["ir.asset"].create(
            {
                "name": "No video calls",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
            }
        )

    def setUp(self):
        super().setUp()
        self.speak(self.customer, self.manager)

    def tour(self, name, path):
        # The second factor is asked for at the sign-in only, which tests do without.
        self.start_tour(path, name, login="staff_manager", timeout=240)
        self.env.invalidate_all()
        return self.env["consent.event"].search([("partner_id", "=", self.customer.id)], order="id")

    def test_counter_telephone_and_signed_paper(self):
        events = self.tour("consent_notify_staff_ask", f"/odoo/res.partner/{self.customer.id}")
        answers = [(event.source, event.kind) for event in events if event.purpose_id == self.order_sms]
        self.assertEqual(
            [answer for answer in answers if answer[1] != "shown"],
            [("counter", "granted"), ("telephone", "granted"), ("paper", "refused")],
        )
        self.assertEqual(set(events.mapped("lang")), {self.lang}, "the words were those of the talk")
        self.assertEqual(events.scan_ids.mapped("name"), ["signed.pdf"])

    def test_confirm_by_the_code_that_the_customer_reads_out(self):
        self.company.write({"consent_confirm": True, "sms_provider": "sandbox"})
        self.env["sms.sms"].search([]).unlink()
        self.answer(self.customer, "granted", source="import")
        with patch.object(consent_code.secrets, "randbelow", lambda _limit: 482913):
            self.env["consent.code"]._send_sudo(self.customer, self.company)
            self.env.flush_all()
            with self.registry.cursor() as cr:
                self.env(cr=cr)["sms.sms"]._process_queue()
        events = self.tour("consent_notify_staff_confirm", f"/odoo/res.partner/{self.customer.id}")
        confirmed = events.filtered(lambda event: event.kind == "confirmed")
        self.assertEqual((confirmed.source, confirmed.actor), ("telephone", f"user:{self.manager.id}"))

    def test_import(self):
        events = self.tour("consent_notify_staff_import", "/odoo/action-consent_notify.consent_import_action")
        self.assertEqual([(event.source, event.kind) for event in events], [("import", "granted")])
        self.assertEqual(events.purpose_id, self.offer_sms)

    def test_evidence_and_receipt(self):
        self.answer(self.customer, "shown")
        self.answer(self.customer, "granted")
        self.env["consent.anchor"]._anchor_sudo()
        self.tour("consent_notify_staff_evidence", f"/odoo/res.partner/{self.customer.id}")
        taken = self.env["phone.access"].search([("door", "=", "evidence"), ("res_id", "=", self.customer.id)])
        self.assertEqual(taken.user_id, self.manager)


globals().update(on_every_screen(StaffTours, __name__))
