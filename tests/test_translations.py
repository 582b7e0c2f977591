"""Each term has its Russian, nothing is out of date, and a text in Russian is one SMS. Only the export needs Odoo."""

import re
import string
from datetime import date
from xml.etree import ElementTree

import polib
import pytest

from odoo.addons.consent_notify.models.order_update_stage import LINK
from odoo.addons.consent_notify.tools.segments import measure

from devtools.i18n import addons, export
from devtools.i18n_worker import merge
from devtools.paths import ADDON, ROOT
from devtools.postgres import get_server

# Patterns of numbers and dates have no letters of their own.
PATTERNS = {"d MMM", "%(name)s is %(value)s", "on %(date)s"}
PYTHON = re.compile(r"%\(\w+\)[a-z]|%[a-z](?!\w)")
DATES = {"due": date(2026, 11, 30), "before": date(2026, 11, 28)}
STAGES = ("confirmed", "preparing", "ready", "dispatched", "delivered", "delayed", "cancelled")


def files():
    """Return [(addon, .pot, Russian .po)] of the addons that have terms."""
    pots = [ROOT / name / "i18n" / f"{name}.pot" for name in addons()]
    return [(pot.parent.parent.name, pot, pot.with_name("ru.po")) for pot in pots if pot.exists()]


def terms(path):
    return {entry.msgid: entry for entry in polib.pofile(str(path)) if not entry.obsolete}


def marks(text):
    """Return what a program fills in or reads in a term: it must be the same in every language."""
    braces = [name for _text, name, _format, _conversion in string.Formatter().parse(text) if name]
    inline = re.findall(r"\{\{.*?\}\}|\[link\]", text)
    return sorted(PYTHON.findall(text)), sorted(inline) or sorted(braces), sorted(re.findall(r"<(/?\w+)", text))


def russian(msgid):
    return terms(ADDON / "i18n" / "ru.po")[msgid].msgstr


def bodies():
    """Return {stage: English words} of the templates, from the data file."""
    tree = ElementTree.parse(ADDON / "data" / "order_update_data.xml")
    found = {}
    for record in tree.iter("record"):
        if record.get("model") == "sms.template":
            found[record.get("id").removeprefix("sms_template_")] = record.find("field[@name='body']").text
    return found


def test_every_addon_that_has_terms_has_them_in_russian():
    assert "consent_notify" in {name for name, _pot, _po in files()}
    for name, pot, po in files():
        source, target = terms(pot), terms(po)
        assert source, name
        assert source.keys() == target.keys(), f"{name}: run `./dev i18n`"
        assert [msgid for msgid, entry in target.items() if not entry.translated()] == [], name


def test_the_russian_is_russian():
    for name, _pot, po in files():
        english = {
            msgid
            for msgid, entry in terms(po).items()
            if not re.search("[а-яё]", entry.msgstr, re.IGNORECASE) and re.search("[a-z]{2}", msgid, re.IGNORECASE)
        }
        assert english <= PATTERNS, name


def test_what_programs_fill_in_agrees():
    assert marks("%(a)s of {b} <i/>") != marks("%(a)s из {b}")
    assert marks("{{ object.name }}: [link]") != marks("{{ object.nam }}: [link]")
    for _name, _pot, po in files():
        for msgid, entry in terms(po).items():
            if msgid in bodies().values():
                # The link's host names the shop; its name would make two texts of one.
                msgid = msgid.removeprefix("{{ object.company_id.name }}: ")
            assert marks(entry.msgstr) == marks(msgid), msgid


@pytest.mark.parametrize("stage", STAGES)
def test_a_text_in_russian_is_one_sms(stage):
    body = russian(bodies()[stage])
    assert len(LINK) == 28
    due, before = (DATES[name].strftime("%d.%m") for name in ("due", "before"))
    assert russian("d MMM") == "dd.MM", "the dates here are written as that pattern writes them"
    delayed = russian(" is delayed to %(due)s (was %(before)s)")
    filled = {
        "object.name": "S00042",
        "object.update_ready_words": russian(" is ready to collect, %(hours)s") % {"hours": "10:00-20:00"},
        "object.update_due_words": russian(", expected %(due)s") % {"due": due},
        "object.update_delay_words": delayed % {"due": due, "before": before},
    }
    text = re.sub(r"\{\{ (.*?) \}\}", lambda match: filled[match[1]], body).replace("[link]", LINK)
    assert "{" not in text
    assert ".." not in text
    assert text.endswith(f" {LINK}")
    places, segments = measure(text)
    assert (places <= 70, segments) == (True, 1), f"{places}: {text}"


def test_every_stage_has_a_template():
    assert bodies().keys() == set(STAGES)


def test_the_terms_are_those_of_the_source(make_clone, tmp_path):
    """A new or changed string without `./dev i18n` fails here, by its words."""
    name = make_clone("i18n")
    rows = get_server().psql("SELECT name FROM ir_module_module WHERE state = 'installed'", name)
    installed = sorted(set(addons()) & {module for (module,) in rows})
    assert "consent_notify" in installed
    export(name, installed, tmp_path)
    for addon, pot, _po in files():
        if addon in installed:
            exported = terms(tmp_path / pot.name)
            stale = "the source has changed: run `./dev i18n`"
            assert terms(pot).keys() ^ exported.keys() == set(), stale
            assert pot.read_text() == (tmp_path / pot.name).read_text(), stale


def test_merging_drops_what_is_gone_keeps_what_stays_and_tells_what_is_new(tmp_path):
    folder = tmp_path / "some_addon"
    (folder / "i18n").mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (folder / "i18n" / "some_addon.pot").write_text(head + 'msgid "new"\nmsgstr ""\n\nmsgid "stays"\nmsgstr ""\n')
    po = folder / "i18n" / "ru.po"
    po.write_text(head + 'msgid "stays"\nmsgstr "остаётся"\n\nmsgid "gone"\nmsgstr "ушло"\n')
    assert merge(folder) == ["some_addon ru: 2 terms, 1 without a translation", "    'new'"]
    assert [(entry.msgid, entry.msgstr) for entry in polib.pofile(str(po))] == [("new", ""), ("stays", "остаётся")]
    once = po.read_text()
    merge(folder)
    assert po.read_text() == once
