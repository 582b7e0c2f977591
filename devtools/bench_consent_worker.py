"""One process of `./dev bench consent`: does one thing on one database and prints what it measured as JSON.

Run by the environment's Python with a configuration file, a database, a verb and its arguments.
"""

import base64
import json
import os
import resource
import statistics
import sys
import time
from datetime import date
from pathlib import Path

from backend_clock import backend_clock

TEXTS = 500
BATCH = 10_000
SLICES = 5  # events of one checkout
BASE = 100_000_000  # ids of our subjects begin here


def _rows(env, start, count):
    """Return `count` events, each about another subject."""
    purpose, company = env.ref("consent_notify.purpose_order_sms"), env.company
    words = [word for word, _box in env["consent.notice"]._words_sudo(company) if word.purpose_id == purpose.id]
    [text_id] = env["consent.notice.text"]._keep_sudo(words).values()
    common = {"company_id": company.id, "purpose_id": purpose.id, "text_id": text_id, "notice_id": words[0].notice_id}
    common |= {"source": "checkout", "actor": "customer", "lang": "en_US"}
    return [
        {**common, "subject_ref": BASE + i, "kind": "granted", "order_name": f"S{i:07}", "commitment": f"{i:064x}"}
        for i in range(start, start + count)
    ]


def _count_ours(env):
    """Count our own events: the demo's customers have answered as well."""
    env.cr.execute("SELECT count(*) FROM consent_event WHERE subject_ref >= %s", [BASE])
    return env.cr.fetchone()[0]


def write(env, count, number):
    """Record events in transactions of their own, a few in each as a checkout does."""
    count, number = int(count), int(number)
    events = env["consent.event"].sudo()
    rows = _rows(env, number * count, count)
    env.cr.commit()  # pylint: disable=invalid-commit
    started = time.time()
    for start in range(0, count, SLICES):
        events.create(rows[start : start + SLICES])
        env.cr.commit()  # pylint: disable=invalid-commit
    return {"start": started, "end": time.time()}


def seal(env, count):
    """Anchor what comes, until so many events are there."""
    anchored = 0
    while True:
        is_over = _count_ours(env) >= int(count)
        taken = env["consent.anchor"]._anchor_sudo()
        env.cr.commit()  # pylint: disable=invalid-commit
        if is_over:
            return {"anchored": anchored}
        anchored += taken
        time.sleep(0.2)


def fill(env, count):
    """Bring the log to `count` events, with a subject for each: the first of them are asked for."""
    there = _count_ours(env)
    env.cr.execute(
        "INSERT INTO consent_subject (id, partner_id, company_id, number_digest, salt)"
        " SELECT %s + i, p.id, %s, lpad(to_hex(i), 64, '0'), lpad(to_hex(i), 32, '0')"
        " FROM generate_series(0, %s - 1) i LEFT JOIN (SELECT min(id) AS id FROM res_partner) p ON i < %s"
        " ON CONFLICT (id) DO NOTHING",
        [BASE, env.company.id, int(count), TEXTS],
    )
    for start in range(there, int(count), BATCH):
        env["consent.event"].sudo().create(_rows(env, start, min(BATCH, int(count) - start)))
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()
    env.cr.execute("ANALYZE consent_event, consent_subject")
    return {}


def ask(env, rounds):
    """Ask the gate about 500 texts, and the form about one customer."""
    status, company = env["consent.status"], env.company
    purpose = env.ref("consent_notify.purpose_order_sms")
    keys = [(company.id, 0, f"{i:064x}", purpose.id) for i in range(TEXTS)]
    subjects = env["consent.subject"]
    partner = env["res.partner"].search([], order="id", limit=1)
    type(subjects)._digest_of = lambda _subjects, _partner: f"{0:064x}"
    gate, form, queries = [], [], 0
    for number in range(int(rounds) + 1):
        before, started = env.cr.sql_log_count, time.perf_counter()
        verdicts = status._verdicts(keys)
        middle = time.perf_counter()
        queries = env.cr.sql_log_count - before
        status._answers_sudo(partner, company)
        if list(verdicts.values()).count(None) != TEXTS:
            raise SystemExit("The gate says no where everybody said yes.")
        if number:  # the first round warms up
            gate.append(middle - started)
            form.append(time.perf_counter() - middle)
    return {"gate": statistics.median(gate), "form": statistics.median(form), "queries": queries}


def anchor(env, _count):
    """Anchor all that waits."""
    while env["consent.anchor"]._anchor_sudo():
        env.cr.commit()  # pylint: disable=invalid-commit
    return {}


def verify(env, _count):
    """Verify the whole log."""
    from odoo.addons.consent_notify.tools.verify import verify as walk

    backend = backend_clock(env.cr) or float  # 0.0 where nobody can tell
    clock, python, server = time.perf_counter(), time.process_time(), backend()
    found, rows = walk(env.cr, env["phone.vault"]._keyring())
    clock, python = time.perf_counter() - clock, time.process_time() - python
    both = python + backend() - server
    return {"found": len(found), "rate": rows / both, "python_rate": rows / python, "clock_rate": rows / clock}


def imported(env, count):
    """Check and import a file with `count` rows, each about another customer."""
    count = int(count)
    env["res.partner"].create([{"name": f"Customer {i}", "email": f"c{i}@example.com", "phone": f"+7916{i:07}"}
                               for i in range(count)])  # fmt: skip
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
    lines = ["external_id,email,name,number,purpose,answer,date,proof,words"]
    lines += [f',c{i}@example.com,,,offer_sms,yes,{date.today()},"Folder 3, page {i}","May we text you?"'
              for i in range(count)]  # fmt: skip
    wizard = env["consent.import"].create({"file": base64.b64encode("\r\n".join(lines).encode())})
    memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    wizard.action_check()
    wizard.action_import()
    env.cr.commit()  # pylint: disable=invalid-commit
    seconds = time.perf_counter() - started
    if wizard.accepted_count != count:
        raise SystemExit("Rows were refused.")
    return {
        "rate": count / seconds,
        "memory": max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) // 1024,
    }


def main(config, database, verb, *arguments):
    """Do one thing and print what was measured."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)  # Odoo's own words do not belong among the answers
    os.dup2(2, 1)

    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config as settings

    settings.parse_config(["-c", config, "-d", database, "--log-level", "error"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "en_US"})
        print(json.dumps(VERBS[verb](env, *arguments)), file=answers)


VERBS = {verb.__name__: verb for verb in (write, seal, fill, ask, anchor, verify, imported)}

if __name__ == "__main__":
    sys.path.insert(0, str(Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])))
    main(*sys.argv[1:])
