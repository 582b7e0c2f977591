"""`./dev demo --once` in both languages: each printed line comes from a record, and no number is left anywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import pytest

from odoo.addons.consent_notify.tools import phone

from devtools import database, scan
from devtools.demo import LANGUAGES
from devtools.narrate import WORDS
from devtools.paths import DEV, ROOT
from devtools.postgres import get_server, server_log
from devtools.server import free_port
from devtools.shopping import CUSTOMERS, E164, TICKED

PLANTED = "+12025550178"
LETTERS = {"en": "[a-z]{4}", "ru": "[а-я]{4}"}


@dataclass(frozen=True)
class Demo:
    """What `./dev demo --once` printed, and the database it told it from."""

    lang: str
    output: str
    database: str

    def rows(self, query):
        return get_server().psql(query, self.database)

    @property
    def lines(self):
        return [" ".join(line.split()) for line in self.output.splitlines()]

    @property
    def prose(self):
        """All the words in one line: how a paragraph is wrapped does not count."""
        return " ".join(self.output.split())

    @property
    def order(self):
        return re.search(r"\bS\d{5}\b", self.output).group()

    @property
    def order_id(self):
        [[found]] = self.rows(f"SELECT id FROM sale_order WHERE name = '{self.order}'")
        return int(found)

    @property
    def numbers(self):
        """A pattern for every spelling of the customer's number."""
        return scan.pattern({*phone.spellings(E164[self.lang]), CUSTOMERS[self.lang]["phone"]})


@pytest.fixture(scope="module", params=LANGUAGES)
def demo(request):
    lang = request.param
    name = f"test_demo_{lang}_{os.getpid()}"
    options = ["--once", "--lang", lang, "--port", str(free_port()), "--database", name]
    try:
        done = subprocess.run(
            [sys.executable, ROOT / "dev", "demo", *options], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        yield Demo(lang, done.stdout, name)
    finally:
        database.drop(name)
        for left in DEV.glob(f"{name}*"):
            left.unlink()


def translated(demo, names):
    """Return the shop's own word in its language, which is not the English one."""
    names, lang = json.loads(names), LANGUAGES[demo.lang]
    assert (names[lang] == names["en_US"]) == (lang == "en_US")
    return names[lang]


def test_the_order_is_a_confirmed_one_of_the_customer(demo):
    [[state, customer]] = demo.rows(
        "SELECT o.state, p.name FROM sale_order o JOIN res_partner p ON p.id = o.partner_id"
        f" WHERE o.id = {demo.order_id}"
    )
    assert state == "sale"
    assert customer in demo.prose
    [[product]] = demo.rows(
        "SELECT t.name FROM sale_order_line l JOIN product_product p ON p.id = l.product_id"
        f" JOIN product_template t ON t.id = p.product_tmpl_id WHERE l.order_id = {demo.order_id}"
        " AND NOT l.is_delivery"
    )
    assert json.loads(product)[LANGUAGES[demo.lang]] in demo.prose


def test_the_stage_is_the_order_s(demo):
    [[code, names]] = demo.rows(
        "SELECT s.code, s.name FROM sale_order o JOIN order_update_stage s ON s.id = o.update_stage_id"
        f" WHERE o.id = {demo.order_id}"
    )
    assert code == "ready"
    assert re.search(rf"[“«]{re.escape(translated(demo, names))}[”»]", demo.prose)


def test_the_words_of_the_notice_are_those_on_record(demo):
    texts = demo.rows(
        "SELECT DISTINCT p.code, t.lang, t.intro, t.label, t.details FROM consent_event e"
        " JOIN consent_notice_text t ON t.id = e.text_id JOIN consent_purpose p ON p.id = e.purpose_id"
        f" WHERE e.order_name = '{demo.order}'"
    )
    assert {code for code, *_words in texts} == {"order_sms", "order_call", "offer_sms"}
    for code, lang, intro, label, details in texts:
        assert lang == LANGUAGES[demo.lang]
        assert f"{'☑' if code == TICKED else '☐'} {label}" in demo.prose
        assert " ".join(intro.split()) in demo.prose
        assert " ".join(details.split()) in demo.prose
    labels = " ".join(label for *_head, label, _details in texts)
    assert bool(re.search(r"\b(text|call|order|phone)\b", labels)) == (demo.lang == "en")


def test_each_bubble_is_a_text_in_the_sandbox(demo):
    bodies = demo.rows(f"SELECT id, to_json(body) FROM sandbox_message WHERE order_id = {demo.order_id} ORDER BY id")
    drawn = re.findall(r"╭─+╮\n(.*?)\n\s*╰─+╯", demo.output, re.DOTALL)
    bubbles = [" ".join(re.sub(r"^\s*│|│\s*$", "", bubble, flags=re.MULTILINE).split()) for bubble in drawn]
    assert bubbles == [" ".join(json.loads(body).split()) for _id, body in bodies]
    assert len(bubbles) == 2
    assert all(demo.order in bubble for bubble in bubbles)
    assert all(re.search(LETTERS[demo.lang], bubble) for bubble in bubbles)
    assert phone.mask(E164[demo.lang]) in demo.prose


def test_a_text_at_a_bad_hour_waits_and_the_story_says_until_when(demo):
    [[body, why, is_later, hours]] = demo.rows(
        "SELECT to_json(s.body), s.waits_for, s.send_after > now() AT TIME ZONE 'UTC', p.sms_hour_from"
        " FROM sms_sms s JOIN res_partner p ON p.id = s.partner_id JOIN mail_message m ON m.id = s.mail_message_id"
        f" WHERE m.res_id = {demo.order_id} AND m.model = 'sale.order' AND s.waits_for IS NOT NULL"
        # The customer's STOP at the end of the story took it back.
        " AND s.state = 'canceled' AND s.failure_type = 'consent_withdrawn'"
    )
    assert (why, is_later) == ("hours", "t")
    assert f"✉ {json.loads(body)}" in demo.prose
    [start] = json.loads(hours).values()  # of the one company
    assert f"{start}:00" in demo.prose
    [when] = [line for line in demo.lines if line.startswith("◷")]
    assert re.search(r"\b(today|tomorrow)\b" if demo.lang == "en" else r"(сегодня|завтра)", when)
    assert f"{start}:00" in when or f"{start - 12}:00" in when


def test_the_answer_behind_the_link_stands_in_the_chatter(demo):
    answers = demo.rows(
        "SELECT a.kind FROM consent_link_answer a JOIN consent_link l ON l.id = a.link_id"
        f" WHERE l.order_id = {demo.order_id}"
    )
    assert answers == [["come"]]
    notes = demo.rows(
        "SELECT regexp_replace(body, '<[^>]*>', '', 'g') FROM mail_message"
        f" WHERE model = 'sale.order' AND res_id = {demo.order_id}"
    )
    [said] = re.findall(r"☏ (.*?) (?:On the same page|Там же)", demo.prose)
    assert [said] in notes
    assert re.search(LETTERS[demo.lang], said)


def test_what_postgresql_holds_is_what_it_holds(demo):
    [[token, sealed, size]] = demo.rows(
        "SELECT p.phone, encode(v.sealed, 'hex'), length(v.sealed) FROM sale_order o"
        " JOIN res_partner p ON p.id = o.partner_id JOIN phone_vault v ON v.token = p.phone"
        f" WHERE o.id = {demo.order_id}"
    )
    assert f"res_partner.phone = {token}" in demo.lines
    [shown] = re.findall(r"phone_vault\.sealed = \\x([0-9a-f]+)…", demo.output)
    assert len(shown) >= 32
    assert sealed.startswith(shown)
    assert re.search(rf"\b{size}\b", demo.prose)


def test_each_line_of_the_consent_log_is_an_event(demo):
    words = WORDS[demo.lang]
    events = demo.rows(
        "SELECT e.kind, p.code, e.source, e.lang, e.commitment FROM consent_event e"
        " JOIN consent_purpose p ON p.id = e.purpose_id"
        f" WHERE e.order_name = '{demo.order}' ORDER BY e.id"
    )
    written = [
        " ".join(f"{words[kind]} {words['purposes'][code]} {demo.order} {source} {lang} {commitment[:12]}…".split())
        for kind, code, source, lang, commitment in events
    ]
    told = demo.lines[demo.lines.index(words["events"]) + 1 :]
    assert [line for line in told if line] == written
    answers = [(code, kind, source) for kind, code, source, *_rest in events if kind != "shown"]
    assert set(answers[:3]) == {
        ("order_sms", "granted", "checkout"),
        ("order_call", "refused", "checkout"),
        ("offer_sms", "refused", "checkout"),
    }
    # The reply takes back every use by SMS, and calls stay as they were.
    assert set(answers[3:]) == {("order_sms", "withdrawn", "inbound_sms"), ("offer_sms", "withdrawn", "inbound_sms")}
    assert {code for kind, code, *_rest in events if kind == "shown"} == {"order_sms", "order_call", "offer_sms"}


def test_the_story_itself_never_says_the_number(demo):
    assert not demo.numbers.search(demo.output.encode())


def test_no_dump_file_or_log_holds_the_number_after_the_story(demo):
    assert scan.scan_dump(demo.database, demo.numbers) == {}
    assert scan.scan_files(demo.database, demo.numbers) == 0
    # A server that PGHOST names keeps its log to itself.
    for log in filter(None, (DEV / f"{demo.database}.log", server_log())):
        assert log.stat().st_size
        assert scan.scan_log(log, demo.numbers) == 0


def test_the_search_would_have_found_a_number(demo, tmp_path):
    """Plant another number in a copy: in a column, in JSON, in a file and in a log."""
    name = f"{demo.database}_planted"
    planted = scan.pattern(phone.spellings(PLANTED))
    plant = partial(get_server().psql, database=name)
    database.clone(demo.database, name)
    try:
        assert scan.scan_dump(name, planted) == {}
        plant("UPDATE res_partner SET comment = '<p>(202) 555-0178</p>' WHERE id = 1")
        plant("""UPDATE res_country SET name = name || '{"de_DE": "+1 202-555-0178"}' WHERE code = 'US'""")
        plant("CREATE TABLE odd (numbers text[])")
        plant("INSERT INTO odd VALUES (ARRAY['x', '0012025550178'])")
        assert scan.scan_dump(name, planted) == {"res_partner.comment": 1, "res_country.name": 1, "odd.numbers": 1}
        (database.DATA / "filestore" / name / "planted").write_text("tel:+1-202-555-0178")
        assert scan.scan_files(name, planted) == 1
        log = shutil.copy(DEV / f"{demo.database}.log", tmp_path / "log")
        with log.open("a") as file:
            file.write("GET /shop?phone=%2B12025550178\n")
        assert scan.scan_log(log, planted) == 1
    finally:
        database.drop(name)
