"""What a document knows of somebody who wrote and is no contact yet: the browser gets it with the chatter."""

from contextlib import nullcontext
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.mail.models.models import Base as CoreBase

from ..models.base_recipients import Base
from .attack_common import MASK, NUMBER, AttackCommon

WRITER = "writer@example.com"


@tagged("post_install", "-at_install")
class TestAttacksByRecipients(AttackCommon, HttpCase):
    def setUp(self):
        super().setUp()
        # As an app does that keeps the number of whoever wrote on its document, before there is a contact.
        known = {WRITER: {"name": "Writer", "phone": NUMBER, "city": "Ghent"}}
        self.patch(
            self.registry["sale.order"],
            "_get_customer_information",
            lambda orders: {email: dict(values) for email, values in known.items()},
        )
        self.order.message_post(body="Hello", email_from=WRITER, message_type="email", subtype_xmlid="mail.mt_comment")
        self.env.flush_all()
        self.authenticate("attacker", "attacker")

    def proposed(self):
        asked = {"thread_model": "sale.order", "thread_id": self.order.id, "request_list": ["suggestedRecipients"]}
        params = {"fetch_params": [["mail.thread", asked]]}
        answer = self.url_open("/mail/data", json={"params": params}).json()["result"]
        [thread] = [thread for thread in answer["mail.thread"] if thread["id"] == self.order.id]
        [writer] = [recipient for recipient in thread["suggestedRecipients"] if recipient["email"] == WRITER]
        return writer["create_values"]

    def test_the_browser_gets_a_mask(self):
        name = "_message_get_suggested_recipients_batch"
        for off in (True, False):
            with patch.object(Base, name, getattr(CoreBase, name)) if off else nullcontext():
                self.assertEqual(self.proposed(), {"phone": NUMBER if off else MASK, "city": "Ghent"})

    def test_the_contact_that_is_made_has_the_number(self):
        self.proposed()
        post = {"body": "Hello", "partner_emails": [WRITER], "subtype_xmlid": "mail.mt_comment"}
        params = {"thread_model": "sale.order", "thread_id": self.order.id, "post_data": post}
        answer = self.url_open("/mail/message/post", json={"params": params}).json()
        self.assertIn("result", answer, answer)
        self.assertMasked(answer)
        self.env.invalidate_all()
        made = self.env["res.partner"].search([("email", "=", WRITER)])
        self.assertEqual((made.name, made.phone, made.city), ("Writer", NUMBER, "Ghent"))
