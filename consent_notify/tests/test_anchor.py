"""Making anchors: when, for whom, and how far they are known outside the database."""

import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ..tools import anchor, event_row, ledger, signing
from ..tools.keyring import Keyring
from .consent_common import ConsentCommon
from .test_vault_vectors import RING

ROW = {
    **dict.fromkeys(event_row.COVERED),
    **{"words_sha256": None, "id": 7, "subject_ref": "3", "company_id": "1", "purpose_id": "2", "kind": "granted"},
    **{
        "source": "checkout",
        "actor": "customer",
        "time": "2026-01-02 03:04:05",
        "lang": "ru_RU",
        "order_name": "Заказ 1",
    },
}
TOLD = {"number": 2, "time": "2026-01-02 03:05:00", "count": 1, "span": "7", "root": "0" * 64, "previous": "1" * 64}
TOLD["hints"] = "AAAAAAAAAAA="


@tagged("post_install", "-at_install")
class TestAnchorVectors(TransactionCase):
    """The format can never change by accident: what was signed years ago has to be checked."""

    def test_an_event(self):
        mac = event_row.mac_of(RING.mac, ROW)
        self.assertEqual(mac, "46e81dc7561df2ef152a3d647181d73430632fd13373ad86c16016d4d3cf143c")
        content = event_row.content_of({**ROW, "mac": mac})
        self.assertEqual(event_row.decode(content), {**ROW, "mac": mac, "format": event_row.KIND})

    def test_an_anchor(self):
        self.assertEqual(anchor.digest_of(TOLD), "c2bd606de99a5389de038ac5310ba8d4c978cb4336f2cee11f2b2de41998257b")
        key = signing.public_key(RING)
        self.assertEqual(key, "094c6cffd85b751e5dd3a17b591c066057eef352229107fff6d20e010c841838")
        signature = signing.sign(RING, anchor.statement_of(TOLD))
        self.assertTrue(signing.is_signed(key, anchor.statement_of(TOLD), signature))
        self.assertFalse(signing.is_signed(key, anchor.statement_of({**TOLD, "count": 2}), signature))
        self.assertNotEqual(signing.public_key(Keyring.generate()), key)
        self.assertEqual(signing.public_key(RING.with_new_key()), key, "a rotation keeps it")


@tagged("post_install", "-at_install")
class TestAnchor(ConsentCommon, TransactionCase):
    def setUp(self):
        super().setUp()
        self.Anchor = self.env["consent.anchor"]
        self.Anchor._anchor_sudo()
        self.env.cr.execute("DELETE FROM ir_cron_trigger")
        self.cron = self.env.ref("consent_notify.ir_cron_consent_anchor")

    def wake_ups(self):
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)])

    def test_many_events_wake_it_once(self):
        for _event in range(3):
            self.answer(self.anna, "granted")
        self.assertEqual(self.wake_ups(), 1)

    def test_batches(self):
        for _event in range(5):
            self.answer(self.anna, "granted")
        before = self.Anchor.search([], limit=1).number
        committed = []

        def commit_progress(_cron, processed=0, *, remaining=None, deactivate=False):
            committed.append((processed, remaining))
            return 60

        self.patch(type(self.env["ir.cron"]), "_commit_progress", commit_progress)
        self.patch(ledger, "enter", lambda cr: None)
        self.Anchor._run_sudo(size=2)
        self.assertEqual(committed, [(2, 1), (2, 1), (1, 0)])
        made = self.Anchor.search([("number", ">", before)])
        self.assertEqual(made.mapped("count"), [1, 2, 2])
        self.assertEqual(made[0].previous, anchor.digest_of(made[1]._told()))
        self.assertFalse(self.env["consent.event.pending"].search([]))

    def test_only_one_process_anchors(self):
        self.answer(self.anna, "granted")
        # In a test all cursors are one and share its locks: what counts is that it does nothing when told no.
        execute = type(self.env.cr).execute

        def refuse(cr, query, *args, **options):
            if "pg_try_advisory" in str(query):
                query, args = "SELECT FALSE", ()
            return execute(cr, query, *args, **options)

        with patch.object(type(self.env.cr), "execute", refuse):
            self.assertEqual(self.Anchor._anchor_sudo(), 0)
        self.assertEqual(self.Anchor._anchor_sudo(), 1)

    def test_the_daily_message(self):
        self.assertFalse(self.Anchor._mail_sudo())
        self.answer(self.anna, "granted")
        self.Anchor._anchor_sudo()
        latest = self.Anchor.search([], limit=1)
        self.company.consent_anchor_email = "Notary <notary@example.com>"
        mail = self.Anchor._mail_sudo()
        self.assertEqual(mail.email_to, "notary@example.com")
        for told in (f"{latest.number}:{anchor.digest_of(latest._told())}", latest.signature, latest.public_key):
            self.assertIn(told, mail.body_html)
        self.assertNotIn("Anna", mail.body_html)

    def test_the_ledger(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = Path(folder, "keyring.anchors.json")
        self.patch(ledger, "path_of", lambda provider=None: path)
        self.answer(self.anna, "granted")
        self.Anchor._anchor_sudo()
        latest = self.Anchor.search([], limit=1)
        ledger.enter(self.env.cr)
        noted = (latest.number, anchor.digest_of(latest._told()))
        self.assertEqual(ledger.known(self.env.cr), noted)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.answer(self.anna, "refused")
        self.Anchor._anchor_sudo()
        ledger.enter(self.env.cr)
        self.assertEqual(ledger.known(self.env.cr)[0], latest.number + 1)
        # A database that does not go so far any more does not overwrite what was known.
        whole = json.loads(path.read_text())
        [name] = whole
        path.write_text(json.dumps({name: [latest.number + 5, "0" * 64]}))
        with self.assertLogs("odoo.addons.consent_notify.tools.ledger", "ERROR"):
            ledger.enter(self.env.cr)
        self.assertEqual(ledger.known(self.env.cr)[0], latest.number + 5)
