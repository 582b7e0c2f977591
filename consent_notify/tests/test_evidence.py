"""The evidence file proves itself, in an empty folder, to somebody who has nothing but Python."""

import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..tools import anchor, ed25519, evidence, merkle
from .consent_common import NUMBER, ConsentCommon
from .test_door_show import with_second_factor

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
)


@tagged("post_install", "-at_install")
class TestEvidenceTools(TransactionCase):
    def test_signatures_of_rfc_8032(self):
        for key, message, signature in VECTORS:
            key, message, signature = (bytes.fromhex(part) for part in (key, message, signature))
            self.assertTrue(ed25519.is_signed(key, message, signature))
            self.assertFalse(ed25519.is_signed(key, message + b"x", signature))
            for place in (0, 31, 32, 62):
                wrong = bytearray(signature)
                wrong[place] ^= 1
                self.assertFalse(ed25519.is_signed(key, message, bytes(wrong)))
            # The same signature with the group's order added: RFC 8032 refuses it.
            larger = int.from_bytes(signature[32:], "little") + ed25519.L
            self.assertFalse(ed25519.is_signed(key, message, signature[:32] + larger.to_bytes(32, "little")))
        self.assertFalse(ed25519.is_signed(b"", b"", b""))

    def test_trees_of_rfc_6962(self):
        # Its reference implementation's first five leaves and their root.
        leaves = [merkle.leaf_of(bytes.fromhex(leaf)) for leaf in ("", "00", "10", "2021", "3031")]
        self.assertEqual(
            merkle.root_of(leaves).hex(), "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"
        )
        for count in range(1, 20):
            leaves = [merkle.leaf_of(bytes([number])) for number in range(count)]
            root, paths = merkle.root_of(leaves), merkle.paths_of(leaves, range(count))
            for place, leaf in enumerate(leaves):
                self.assertEqual(merkle.climb(leaf, place, count, paths[place]), root)
                self.assertNotEqual(merkle.climb(leaves[place - 1], place, count, paths[place]), count > 1 and root)
                self.assertIsNone(merkle.climb(leaf, place, count, [*paths[place], leaf]))
            self.assertIsNone(merkle.climb(leaves[0], count, count, paths[0]))

    def test_ranges(self):
        for ids, text in (([], ""), ([7], "7"), ([1, 2, 3, 5, 8, 9], "1-3,5,8-9")):
            self.assertEqual(anchor.pack(ids), text)
            self.assertEqual([i for low, high in anchor.unpack(text) for i in range(low, high + 1)], ids)
        self.assertEqual([anchor.position_of([(1, 3), (5, 5)], i) for i in (1, 3, 4, 5, 6)], [0, 2, None, 3, None])


@tagged("post_install", "-at_install")
class TestEvidence(ConsentCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        boris = cls.env["res.partner"].create({"name": "Boris", "phone": "+79000000001"})
        cls.answer(boris, "granted")
        cls.events = cls.answer(cls.anna, "shown") + cls.answer(cls.anna, "granted")
        cls.env["consent.anchor"]._anchor_sudo()
        cls.answer(boris, "refused")
        cls.events += cls.answer(cls.anna, "withdrawn")
        cls.answer(boris, "granted", cls.offer_sms)
        cls.env["consent.anchor"]._anchor_sudo()
        cls.answer(boris, "shown")
        cls.env["consent.anchor"]._anchor_sudo()
        groups = "base.group_user,base.group_partner_manager,sales_team.group_sale_salesman"
        cls.manager = new_test_user(cls.env, "evidence_manager", f"{groups},consent_notify.group_manager")
        cls.officer = new_test_user(cls.env, "evidence_officer", f"{groups},consent_notify.group_officer")
        with_second_factor(cls.manager, cls.officer)

    def wizard(self, **values):
        return (
            self.env["consent.evidence"]
            .with_user(self.manager)
            .create({"partner_id": self.anna.id, "reason": "rights", **values})
        )

    def check(self, content, change=None, *words):
        """Unpack the zip into an empty folder, change it there, and run its own program in another process."""
        with tempfile.TemporaryDirectory() as folder:
            zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
            if change:
                path = Path(folder, "evidence.json")
                evidence = json.loads(path.read_text())
                change(evidence)
                path.write_text(json.dumps(evidence))
            done = subprocess.run(
                [sys.executable, "-I", "check.py", *words],
                cwd=folder,
                env={},
                capture_output=True,
                text=True,
                timeout=60,
            )
        self.assertFalse(done.stderr)
        return done.returncode, done.stdout

    def test_it_proves_itself(self):
        content = self.wizard()._file()
        code, told = self.check(content)
        self.assertEqual(code, 0, told)
        self.assertIn("3 events and 1 words are as they were signed.", told)
        last = self.env["consent.anchor"].search([], limit=1)
        known = f"{last.number}:{anchor.digest_of(last._told())}"
        self.assertIn(known, told)
        self.assertEqual(self.check(content, None, "--anchor", known)[0], 0)
        self.assertEqual(self.check(content, None, "--anchor", f"{last.number}:{'0' * 64}")[0], 1)
        self.assertEqual(self.check(content, None, "--anchor", "last:0")[0], 2)

    def test_an_anchor_that_the_file_does_not_reach(self):
        """A genuine message from before this person's first answer, or from after the file, is no false alarm."""
        content, anchors = self.wizard()._file(), self.env["consent.anchor"]
        last = anchors.search([], limit=1)
        self.answer(self.anna, "granted")
        anchors._anchor_sudo()
        for number, digest in ((last.number + 1, anchor.digest_of(anchors.search([], limit=1)._told())), (0, "0" * 64)):
            code, told = self.check(content, None, "--anchor", f"{number}:{digest}")
            self.assertEqual(code, 3, told)
            self.assertIn(f"Anchor {number} is outside this file's range", told)
            self.assertIn("compare it with what you were told outside", told)
        code, told = self.check(
            content, lambda evidence: evidence["words"].clear(), "--anchor", f"{last.number + 1}:{'0' * 64}"
        )
        self.assertEqual(code, 1, "what was changed is worse")

    def test_what_was_changed_is_named(self):
        content, name = self.wizard()._file(), f"event {self.events[1].id}"

        def of_event(**values):
            return lambda evidence: evidence["events"][1]["row"].update(values)

        for expected, change in (
            (name, of_event(kind="refused")),
            (name, of_event(time="2001-01-01 00:00:00")),
            (name, of_event(mac="0" * 64)),
            (name, of_event(words_sha256=None)),
            (f"event {self.events[0].id}", of_event(id=self.events[0].id)),
            ("words", lambda evidence: evidence["words"][0].update(label="I agree to everything")),
            ("missing", lambda evidence: evidence["words"].clear()),
            ("not as it was signed", lambda evidence: evidence["anchors"][0].update(root="0" * 64)),
            ("does not continue", lambda evidence: evidence["anchors"][1].update(time="2001-01-01 00:00:00")),
            ("does not continue", lambda evidence: evidence["anchors"].pop(1)),
            (name, lambda evidence: evidence["events"][1].update(path=[])),
        ):
            code, told = self.check(content, change)
            self.assertEqual(code, 1, expected)
            self.assertIn(expected, told)
        self.assertEqual(self.check(content, lambda evidence: evidence.pop("anchors"))[0], 2)

    def test_it_is_about_one_person_and_holds_no_number(self):
        files = zipfile.ZipFile(io.BytesIO(self.wizard()._file()))
        evidence = json.loads(files.read("evidence.json"))
        self.assertEqual([event["row"]["id"] for event in evidence["events"]], self.events.ids)
        for name in files.namelist():
            self.assertNotIn(NUMBER[2:].encode(), files.read(name), name)
        self.assertIn(self.events[0].text_id.label, files.read("words.txt").decode())
        self.assertEqual(len(files.read("events.csv").decode("utf-8-sig").splitlines()), 4)

    def test_the_words_to_read_are_all_that_was_shown(self):
        parts = ("intro", "label", "details", "document")
        text = {"sha256": "0" * 64, "lang": "ru_RU", **{part: f"The {part}." for part in parts}}
        for part in parts:
            self.assertIn(f"The {part}.", evidence._words([text]))

    def test_it_is_about_the_company_that_was_chosen(self):
        other = self.env["res.company"].create({"name": "Other Shop"})
        self.manager.company_ids += other
        mine = self.env["consent.event"]._record_sudo(
            self.anna, other, [(self.order_call, "refused", None)], source="counter"
        )
        wizard = self.env["consent.evidence"].with_user(self.manager).with_company(other)
        wizard = wizard.create({"partner_id": self.anna.id, "reason": "rights"}).with_company(self.company)
        self.assertEqual(wizard.count, 1)
        evidence = json.loads(zipfile.ZipFile(io.BytesIO(wizard._file())).read("evidence.json"))
        self.assertEqual([event["row"]["id"] for event in evidence["events"]], mine.ids)
        self.assertEqual(evidence["about"]["company"], "Other Shop")
        self.assertEqual(self.env["phone.access"].search([("door", "=", "evidence")], limit=1).company_id, other)

    def test_one_sees_only_what_one_opened(self):
        wizard = self.wizard()
        groups = "base.group_user,base.group_partner_manager,sales_team.group_sale_salesman"
        second = new_test_user(self.env, "evidence_second", f"{groups},consent_notify.group_manager")
        self.assertFalse(self.env["consent.evidence"].with_user(second).search([("id", "=", wizard.id)]))
        with self.assertRaises(AccessError):
            wizard.with_user(second).read(["note"])

    def test_only_a_manager_takes_it_and_that_is_logged(self):
        wizard = self.wizard(note="letter of March")
        wizard._file()
        row = self.env["phone.access"].search([("door", "=", "evidence")])
        self.assertEqual(
            (row.user_id, row.res_id, row.reason, row.note, row.count),
            (self.manager, self.anna.id, "rights", "letter of March", 0),
        )
        with self.assertRaises(AccessError):
            self.env["consent.evidence"].with_user(self.officer).create({"partner_id": self.anna.id})
        with self.assertRaises(AccessError):
            wizard.with_user(self.officer)._file()
        with self.assertRaises(UserError):
            self.wizard(reason="other")._file()
        with self.assertRaises(UserError):
            self.wizard(partner_id=self.officer.partner_id.id)._file()
        self.manager.sudo().write({"totp_secret": False})
        self.manager.invalidate_recordset()
        with self.assertRaises(UserError):
            wizard._file()

    def test_the_download(self):
        wizard = self.wizard()
        path = f"/consent_notify/evidence/{wizard.id}"
        for login, seconds_ago, status in (
            ("evidence_manager", 0, 200),
            ("evidence_manager", 3600, 404),
            ("evidence_officer", 0, 404),
        ):
            self.authenticate(login, login, session_extra={"identity-check-last": time.time() - seconds_ago})
            answer = self.url_open(path)
            self.assertEqual(answer.status_code, status, (login, seconds_ago))
            if status == 200:
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                self.assertEqual(self.check(answer.content)[0], 0)
