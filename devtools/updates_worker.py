"""A process that texts from a database to a fake Twilio: for `./dev bench updates` and the tests under fire.

Run by the environment's Python with a configuration file, a database, "with" or "without" the addon and the fake's
address; obeys JSON commands on its input, one a line, and answers each with a line of JSON.
"""

import base64
import json
import os
import resource
import signal
import sys
import time
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend_clock import backend_clock

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "+7900"
# A copy of one row for each number of a series, with some columns changed: {table: columns}. The text of the
# template's order is the model for all: its message, notification, tracker and update as the shop makes them.
COPIES = (
    (
        "sale_order",
        "jsonb_build_object('id', {base} + n, 'name', 'B' || n, 'partner_id', p.id, 'partner_invoice_id', p.id,"
        " 'partner_shipping_id', p.id, 'access_token', NULL)",
    ),
    ("mail_message", "jsonb_build_object('id', {base} + n, 'res_id', {base} + n, 'message_id', '<' || n || '@b>')"),
    (
        "mail_notification",
        "jsonb_build_object('id', {base} + n, 'mail_message_id', {base} + n, 'res_partner_id', p.id,"
        " 'sms_number', p.phone, 'sms_id_int', {base} + n)",
    ),
    (
        "order_update",
        "jsonb_build_object('id', {base} + n, 'order_id', {base} + n, 'partner_id', p.id, 'message_id', {base} + n,"
        " 'sms_uuid', 'b' || n)",
    ),
    (
        "sms_tracker",
        "jsonb_build_object('id', {base} + n, 'sms_uuid', 'b' || n, 'mail_notification_id', {base} + n,"
        " 'order_update_id', {base} + n)",
    ),
    (
        "sms_sms",
        "jsonb_build_object('id', {base} + n, 'uuid', 'b' || n, 'number', p.phone, 'partner_id', p.id,"
        " 'mail_message_id', {base} + n, 'body', t.body || ' #' || n)",
    ),
)
BASE = 10_000_000  # ids of our rows begin here


class Texting:
    """The commands. `env` is the superuser's."""

    def __init__(self, env, side):
        self.env, self.side = env, side
        self.models = {}

    # ------------------------------------------------------------ what there is to send

    def _open_the_gate(self, company):
        """Let texts go at any hour of the day, as many as there are: what is measured is the road behind the gate."""
        days = ("week", "saturday", "sunday")
        self.env["consent.hours.rule"].search([]).write(
            {**{f"{day}_from": 0 for day in days}, **{f"{day}_to": 24 for day in days}}
        )
        company.write({"consent_hour_from": 0, "consent_hour_to": 24, "consent_daily_cap": 0})
        self.env["consent.processor"].create(
            {
                "name": "Twilio on loopback",
                "kind": "sms",
                "sms_provider": "twilio",
                "document": base64.b64encode(b"signed"),
                "agreement_date": "2020-01-01",
            }
        )

    def set_up(self, account, token, in_flight=32):
        """Give the company an account and make the text that all others are copies of."""
        company = self.env.company
        company.write({"sms_provider": "twilio", "sms_twilio_account_sid": account, "sms_twilio_auth_token": token})
        company.sms_twilio_number_ids = [
            (5, 0),
            (0, 0, {"country_id": self.env.ref("base.ru").id, "number": "+79990000000"}),
        ]
        if self.side == "with":
            company.sms_in_flight = in_flight
            self._open_the_gate(company)
        self.env.cr.execute("DELETE FROM sms_sms")
        self._customers(0, 1)
        partner = self.env["res.partner"].search([("name", "=", "Customer 0")])
        product = self.env["product.product"].create({"name": "Vase", "list_price": 10, "type": "service"})
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id})]}
        )
        self.env.cr.commit()
        if self.side == "with":
            order.action_confirm()
        else:
            order._message_sms("Shop: your order is confirmed.", partner_ids=partner.ids, put_in_queue=True)
        self.env.flush_all()
        self.env.cr.execute("SELECT id, mail_message_id, uuid FROM sms_sms")
        [(sms_id, message_id, uuid)] = self.env.cr.fetchall()
        self.models = {"sale_order": order.id, "mail_message": message_id, "sms_sms": sms_id}
        for table, column, value in (
            ("mail_notification", "mail_message_id", message_id),
            ("sms_tracker", "sms_uuid", uuid),
            *([("order_update", "sms_uuid", uuid)] if self.side == "with" else []),
        ):
            self.env.cr.execute(f"SELECT id FROM {table} WHERE {column} = %s", [value])
            [(self.models[table],)] = self.env.cr.fetchall()
        self.env.cr.execute("UPDATE sms_sms SET state = 'canceled'")  # it is a model for others, and goes to nobody
        self.env.cr.commit()
        return {}

    def fill(self, start, count):
        """Queue texts number `start` and on, each to a customer of their own who allowed it."""
        self._customers(start, count)
        for table, changes in COPIES:
            if table not in self.models:
                continue
            if self.side != "with":
                changes = changes.replace(", 'order_update_id', {base} + n", "")
            extra = ", 'state', 'outgoing'" if table == "sms_sms" else ""
            changes = changes.format(base=BASE).removesuffix(")") + extra + ")"
            self.env.cr.execute(
                f"INSERT INTO {table} SELECT r.* FROM {table} t, generate_series(%s, %s) n"
                f" JOIN res_partner p ON p.name = 'Customer ' || n,"
                f" LATERAL jsonb_populate_record(t, {changes}) r WHERE t.id = %s",
                [start, start + count - 1, self.models[table]],
            )
        self.env.cr.commit()
        if count >= 100:  # for a few, senders would be done before it is
            self.env.cr.execute("ANALYZE")
            self.env.cr.commit()
        self.env.invalidate_all()
        return {}

    def _customers(self, start, count):
        partners = self.env["res.partner"].with_context(tracking_disable=True)
        for first in range(start, start + count, 1000):
            numbers = range(first, min(first + 1000, start + count))
            partners.create([{"name": f"Customer {i}", "phone": f"{PREFIX}{i:07}"} for i in numbers])
            self.env.flush_all()
            self.env.invalidate_all()
        if self.side == "with":
            self._consents(start, count)

    def _consents(self, start, count):
        self.env.cr.execute(
            "INSERT INTO consent_subject (partner_id, company_id, number_digest, salt)"
            " SELECT p.id, %s, v.number_digest, lpad(to_hex(p.id), 32, '0') FROM generate_series(%s, %s) n"
            " JOIN res_partner p ON p.name = 'Customer ' || n JOIN phone_vault v ON v.token = p.phone RETURNING id",
            [self.env.company.id, start, start + count - 1],
        )
        subjects = [subject for (subject,) in self.env.cr.fetchall()]
        purpose, company = self.env.ref("consent_notify.purpose_order_sms"), self.env.company
        words = [one for one, _box in self.env["consent.notice"]._words_sudo(company) if one.purpose_id == purpose.id]
        [text_id] = self.env["consent.notice.text"]._keep_sudo(words).values()
        common = {
            "company_id": company.id,
            "purpose_id": purpose.id,
            "text_id": text_id,
            "notice_id": words[0].notice_id,
        }
        common |= {"source": "checkout", "actor": "customer", "lang": "en_US", "kind": "granted"}
        for first in range(0, count, 5000):
            self.env["consent.event"].create(
                [
                    {**common, "subject_ref": subject, "order_name": f"B{subject}", "commitment": f"{subject:064x}"}
                    for subject in subjects[first : first + 5000]
                ]
            )
            self.env.flush_all()

    # ------------------------------------------------------------ sending

    def send(self):
        """Run the dispatcher until nothing waits; tell when, at what cost: "cpu" is ours and PostgreSQL's."""
        cr = self.env.cr
        backend = backend_clock(cr) or float  # 0.0 where nobody can tell
        cr.commit()
        before = _peak()
        queries, own, started = cr.sql_log_count, time.process_time() + backend(), time.time()
        while self._waiting():
            self.env["sms.sms"]._process_queue()
            cr.commit()
        return {
            "start": started,
            "end": time.time(),
            "cpu": time.process_time() + backend() - own,
            "queries": cr.sql_log_count - queries,
            "memory": _peak(),
            "grown": _peak() - before,
        }

    def send_once(self):
        """Run the dispatcher as Odoo's scheduler does: over and over while it takes something."""
        self.env.ref("sms.ir_cron_sms_scheduler_action").method_direct_trigger()
        self.env.cr.commit()
        return {}

    def account(self, token):
        """Give the company's account another token, as its administrator does."""
        self.env.company.sms_twilio_auth_token = token
        self.env.cr.commit()
        return {}

    def patience(self, seconds):
        """Let requests wait so long for a provider that is silent; return for how long they did."""
        from odoo.addons.consent_notify.tools.drivers.twilio import TwilioDriver

        options = TwilioDriver.__init__.__kwdefaults__
        before, options["timeout"] = options["timeout"], seconds
        return {"seconds": before}

    def reconcile(self, minutes):
        """Ask the provider about what is in doubt, as the scheduler will in so many minutes."""
        from freezegun import freeze_time

        with freeze_time(datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)):
            self.env["sms.sms"]._reconcile_sudo()
            self.env.cr.commit()
        return {}

    def due(self):
        """Let the time of all that waits have come."""
        self.env.cr.execute("DELETE FROM sms_hold")
        self.env.cr.execute("UPDATE sms_sms SET send_after = NULL")
        self.env.cr.commit()
        self.env.invalidate_all()
        return {}

    def forget(self):
        """Take what waits off the queue, and forget what the provider asked for."""
        self.env.cr.execute("DELETE FROM sms_hold")
        self.env.cr.execute("UPDATE sms_sms SET to_delete = TRUE WHERE state = 'outgoing'")
        self.env.cr.commit()
        self.env.invalidate_all()
        return {}

    def _waiting(self):
        self.env.cr.execute("SELECT 1 FROM sms_sms WHERE state = 'outgoing' AND to_delete IS NOT TRUE LIMIT 1")
        return self.env.cr.fetchone()

    def spawn(self):
        """Fork a process that sends for as long as it lives; return its id."""
        import odoo
        from odoo import sql_db

        self.env.cr.commit()
        name = self.env.cr.dbname
        self.env.cr.close()
        sql_db.close_all()  # a connection must not live in two processes
        pid = os.fork()
        if not pid:
            try:
                self._send_for_ever(odoo, name)
            except BaseException:
                traceback.print_exc()  # into the log that a test tells to read
            finally:
                os._exit(1)
        self._connect(odoo, name)
        return {"pid": pid}

    def _connect(self, odoo, name):
        cr = odoo.modules.registry.Registry(name).cursor()
        self.env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "en_US"})

    def _send_for_ever(self, odoo, name):
        parent = os.getppid()
        while os.getppid() == parent:
            # A cursor for each run, as the cron does.
            self._connect(odoo, name)
            with self.env.cr:
                self.env["sms.sms"]._process_queue()
            time.sleep(0.02)

    # ------------------------------------------------------------ what became of it

    def rows(self):
        """Return [body, state, failure type, claim, id at the provider] of every text but the model."""
        self.env.cr.commit()
        self.env.cr.execute(
            "SELECT s.body, s.state, s.failure_type, s.claim, t.sms_twilio_sid FROM sms_sms s"
            " LEFT JOIN sms_tracker t ON t.sms_uuid = s.uuid WHERE s.id > %s ORDER BY s.id",
            [BASE],
        )
        return {"rows": self.env.cr.fetchall()}

    def busy(self):
        """Return the ids of the processes that hold a claim: Odoo names its connections after its process."""
        self.env.cr.commit()
        self.env.cr.execute(
            "SELECT DISTINCT substring(a.application_name FROM '[0-9]+')::int FROM sms_sms s"
            " JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted"
            " AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(s.claim, 0)"
            " JOIN pg_stat_activity a ON a.pid = l.pid WHERE s.state = 'process'"
        )
        return {"pids": [pid for (pid,) in self.env.cr.fetchall()]}

    def count(self):
        """Count texts by their state."""
        self.env.cr.commit()
        self.env.cr.execute("SELECT state, count(*) FROM sms_sms WHERE id > %s GROUP BY state", [BASE])
        return {"count": dict(self.env.cr.fetchall())}

    def ready(self):
        """Have a new order of the first customer confirmed; return the moment of the commit that queues the text."""
        partner = self.env["res.partner"].search([("name", "=", "Customer 1")])
        product = self.env["product.product"].search([("name", "=", "Vase")], limit=1)
        line = {"product_id": product.id}
        order = self.env["sale.order"].create({"partner_id": partner.id, "order_line": [(0, 0, line)]})
        self.env.cr.commit()
        order.action_confirm()
        moment = time.time()
        self.env.cr.commit()
        return {"moment": moment}


def _peak():
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(config, database, side, url):
    """Answer commands until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)  # Odoo's own words do not belong among the answers
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.path.insert(0, str(ROOT / "consent_notify/tests"))

    from fake_twilio.redirect import redirect

    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config as settings

    settings.parse_config(["-c", config, "-d", database, "--log-level", "error"], setup_logging=True)
    redirect(url)
    Registry(database)
    texting = Texting(None, side)
    texting._connect(odoo, database)
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        command = json.loads(line)
        do = command.pop("do")
        print(json.dumps(getattr(texting, do)(**command)), file=answers)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])))
    main(*sys.argv[1:])
