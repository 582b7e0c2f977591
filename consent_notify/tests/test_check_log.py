"""Whoever changes a line of the log that an uninstall left is found out, and told by the line."""

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from ..tools import archive
from .consent_common import OTHER, ConsentCommon


@tagged("post_install", "-at_install")
class TestCheckLog(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boris = cls.env["res.partner"].create({"name": "Boris", "phone": OTHER})
        cls.events = cls.answer(cls.anna, "granted") + cls.answer(cls.boris, "refused")
        while cls.env["consent.anchor"]._anchor_sudo():
            pass
        cls.answer(cls.anna, "withdrawn")
        while cls.env["consent.anchor"]._anchor_sudo():
            pass
        cls.ring = cls.env["phone.vault"]._keyring()

    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp()) / "log"
        self.addCleanup(shutil.rmtree, self.folder.parent)
        archive.write(self.env.cr, self.folder, self.ring)
        self.lines = gzip.decompress((self.folder / archive.NAME).read_bytes()).decode().splitlines()

    def find(self, kind, **wanted):
        """Return the place in `lines` of the last line of a kind that says so."""
        return max(
            place
            for place, line in enumerate(self.lines)
            for found, value in json.loads(line).items()
            if found == kind and wanted.items() <= value.items()
        )

    def edited(self, place, **changes):
        """Return the line at a place with other values."""
        [(kind, value)] = json.loads(self.lines[place]).items()
        return json.dumps({kind: {**value, **changes}}, ensure_ascii=False)

    def check(self):
        """Return the exit status for `lines` and what is told."""
        content = "".join(f"{line}\n" for line in self.lines)
        (self.folder / archive.NAME).write_bytes(gzip.compress(content.encode()))
        command = [sys.executable, "-I", self.folder / "check_log.py"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertFalse(done.stderr)
        return done.returncode, done.stdout

    def assert_told(self, *sentences):
        status, told = self.check()
        self.assertEqual(status, 1, told)
        for sentence in sentences:
            self.assertIn(sentence, told)

    def test_as_it_was_written(self):
        self.assertEqual(self.check()[0], 0)

    def test_a_forged_answer(self):
        place = self.find("event", id=self.events[1].id)
        self.lines[place] = self.edited(place, kind="granted")
        self.assert_told(f"line {place + 1}: event {self.events[1].id}: edited after it was signed\n")

    def test_a_line_that_stands_there_twice(self):
        place = self.find("event", id=self.events[1].id)
        genuine = self.lines[place]
        self.lines.insert(place, self.edited(place, kind="granted"))
        name = f"event {self.events[1].id}"
        twice = f"line {place + 2}: {name} stands in line {place + 1} already\n"
        self.assert_told(f"line {place + 1}: {name}: edited after it was signed\n", twice)
        self.lines[place] = genuine
        self.assert_told(twice)
        del self.lines[place]
        for kind in ("company", "subject", "text", "anchor", "end"):
            place = self.find(kind)
            self.lines.insert(place, self.lines[place])
            self.assert_told(f"line {place + 2}: {kind}")
            del self.lines[place]

    def test_an_event_that_no_anchor_signed(self):
        place = self.find("event")
        self.lines.insert(place + 1, self.edited(place, id=2**31 - 1, kind="granted"))
        self.assert_told(f"line {place + 2}: event {2**31 - 1}: no anchor signed it\n")

    def test_an_event_that_is_missing(self):
        del self.lines[self.find("event", id=self.events[0].id)]
        self.assert_told(f"events {self.events[0].id}: missing\n")

    def test_an_answer_about_another_number(self):
        anna, boris = (self.find("subject", id=event.subject_ref) for event in self.events)
        other = json.loads(self.lines[boris])["subject"]
        self.lines[anna] = self.edited(anna, number_digest=other["number_digest"], salt=other["salt"])
        place = self.find("event", id=self.events[0].id) + 1
        self.assert_told(
            f"line {place}: event {self.events[0].id}: not about the number of its subject\n",
            f"line {anna + 1}: edited, or slipped in: the shop did not sign it\n",
        )

    def test_what_no_anchor_speaks_for(self):
        for kind, change in {"subject": {"partner_id": 1}, "purpose": {"code": "x"}, "company": {"name": "x"}}.items():
            place = self.find(kind)
            before, self.lines[place] = self.lines[place], self.edited(place, **change)
            self.assert_told(f"line {place + 1}: edited, or slipped in: the shop did not sign it\n")
            self.lines[place] = before
        self.lines.pop(self.find("subject"))
        self.assert_told("the file: 1 of the signed lines are missing or were edited\n")

    def test_words(self):
        place = self.find("text")
        self.lines[place] = self.edited(place, label="Anything.")
        self.assert_told(f"line {place + 1}: words ")
        del self.lines[place]
        self.assert_told(": its words are missing\n")

    def test_anchors(self):
        last = self.find("anchor")
        for place in (last - 1, last):
            before, number = self.lines[place], json.loads(self.lines[place])["anchor"]["number"]
            self.lines[place] = self.edited(place, time="2001-01-01 00:00:00")
            self.assert_told(f"line {place + 1}: anchor {number}: not as it was signed\n")
            self.lines[place] = before

    def test_a_batch_that_did_not_expire(self):
        place = self.find("anchor")
        told = json.loads(self.lines[place])["anchor"]
        stone = {"number": told["number"], "time": told["time"], "months": 36, "digest": "0" * 64}
        self.lines.insert(place + 1, json.dumps({"expired": {**stone, "signature": "0" * 128}}))
        said = f"it says that batch {told['number']} expired, but is not as it was signed"
        self.assert_told(f"line {place + 2}: {said}\n")

    def test_what_is_no_line_and_what_is_cut_off(self):
        self.lines.insert(3, "{}")
        self.lines.insert(4, json.dumps({"event": {"id": -1}}))
        self.assert_told("line 4: no line of a log\n", "line 5: no line of a log\n")
        del self.lines[-1]
        self.assert_told("the file: cut off\n")
