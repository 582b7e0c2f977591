import logging

from psycopg2.errors import ForeignKeyViolation

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.retry import retry

_logger = logging.getLogger(__name__)

BATCH = 500


class ConsentRetention(models.Model):
    """One night's run: numbers past the term of their purposes are destroyed everywhere, the events stay.

    A run goes through the customers in batches with a commit after each and remembers how far it came, so that a
    run that was stopped is taken up where it was.
    """

    _name = "consent.retention"
    _description = "Retention Run"
    _order = "id desc"
    _rec_name = "started"
    _log_access = False

    started = fields.Datetime(required=True, readonly=True)
    finished = fields.Datetime(readonly=True)
    last_partner_ref = fields.Integer(readonly=True, help="How far the run came. No foreign key: contacts may go.")
    customers = fields.Integer("Customers Looked at", readonly=True)
    contacts = fields.Integer("Contacts without Number now", readonly=True)
    numbers = fields.Integer("Numbers Destroyed", readonly=True)
    expired = fields.Integer("Answers Expired", readonly=True)
    skipped = fields.Integer("Left for the Next Night", readonly=True)

    @api.model
    def _run_sudo(self, now=None, size=BATCH):
        """Destroy what is due, as long as the scheduled action has time; called again, it goes on.

        :param datetime now: the clock
        :param int size: customers per batch
        """
        now = now or fields.Datetime.now()
        runs = self.sudo()
        run = runs.search([("finished", "=", False)], limit=1) or runs.create({"started": now})
        # The run itself must outlive a batch that is rolled back.
        self.env["ir.cron"]._commit_progress(0, remaining=1)
        while not run.finished:
            # A key is violated when somebody used the number in the meantime.
            looked_at = retry(run.env, lambda: run._do_batch(now, size), ForeignKeyViolation)
            seconds = self.env["ir.cron"]._commit_progress(looked_at, remaining=0 if run.finished else 1)
            if not seconds:
                return run
        _logger.info(
            "Retention: %s customers looked at, %s numbers destroyed on %s contacts, %s answers expired, %s left.",
            *(run.customers, run.numbers, run.contacts, run.expired, run.skipped),
        )
        return run

    def _do_batch(self, now, size):
        """Take the next `size` customers; return how many there were."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT DISTINCT partner_id FROM consent_subject WHERE partner_id > %s ORDER BY 1 LIMIT %s",
            [self.last_partner_ref, size],
        )
        partners = [partner for (partner,) in self.env.cr.fetchall()]
        counts = self._destroy_due(partners, now) if partners else {"numbers": 0}
        is_last = len(partners) < size
        if is_last:
            self._blank_nobodys(self._unheld(self._gone_with_their_contact(now)))
            # Numbers that nothing bears any more: changed on the contact, or deleted with it.
            counts["numbers"] += self.env["phone.vault"]._destroy_unused_sudo()
        self.write(
            {
                **{name: self[name] + count for name, count in counts.items()},
                "customers": self.customers + len(partners),
                "last_partner_ref": partners[-1] if partners else self.last_partner_ref,
                "finished": is_last and now,
            }
        )
        self.flush_recordset()
        return len(partners)

    def _destroy_due(self, partners, now):
        """Destroy the numbers of these customers that are due; return the counts. Queries: constant."""
        terms = self._terms(partners)
        numbers = self._with_addresses(self._borne(self._past_their_term(terms, now)))
        past = [term for term in terms if term.is_yes and term.due <= now]
        due = {partner for partner, _digest in numbers} | {term.partner for term in past}
        due -= self._kept(due, now)
        free = self._lock(due)
        expired = self._expire([term for term in past if term.partner in free])
        numbers = [(partner, digest) for partner, digest in numbers if partner in free]
        counts = {"expired": len(expired), "skipped": len(due - free), "contacts": 0, "numbers": 0}
        if numbers:
            counts["contacts"] = self._blank(numbers)
            counts["numbers"] = self.env["phone.vault"]._destroy_unused_sudo({digest for _partner, digest in numbers})
            self.env.invalidate_all()
        return counts

    def _lock(self, partners):
        """Return those of `partners` that nobody is working with, and hold them until the commit.

        An order being placed holds its customer too, so a number never goes from under it.
        """
        self.env.cr.execute(
            "SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED", [list(partners)]
        )
        return {partner for (partner,) in self.env.cr.fetchall()}

    def _expire(self, terms):
        """Append `expired` for each standing yes of `terms`; return the events."""
        events = self.env["consent.event"]
        subjects = {}
        for term in terms:
            subjects.setdefault(term.purpose, []).append(term.subject)
        for purpose, ids in subjects.items():
            row = {"purpose_id": purpose, "kind": "expired", "source": "retention", "actor": "retention"}
            events += events._append_sudo(self.env["consent.subject"].browse(ids), [row])
        return events

    def _blank(self, numbers):
        """Empty every sealed column of these (partner id, number digest) pairs; return on how many contacts.

        In SQL: nobody is told by mail, chatter or a webhook that a number went.
        """
        contacts = 0
        self.env["consent.event"]._destroy_scans_sudo(numbers)
        pairs = self._pairs(numbers)
        for column in self._columns():
            if not column.owner:
                continue
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s t SET %(column)s = NULL FROM %(pairs)s JOIN phone_vault v"
                    " ON v.number_digest = d.number_digest WHERE t.%(column)s = v.token AND t.%(owner)s = d.partner_id",
                    pairs=pairs,
                    **column.names(),
                )
            )
            if (column.table, column.column) == ("res_partner", "phone"):
                contacts = self.env.cr.rowcount
        unheld = self._unheld({digest for _partner, digest in numbers})
        self.env.cr.execute(
            SQL(
                "DELETE FROM consent_link l USING %s"
                " WHERE l.number_digest = d.number_digest AND l.partner_id = d.partner_id",
                pairs,
            )
        )
        self._blank_nobodys(unheld)
        return contacts

    def _blank_nobodys(self, digests):
        """Empty what else bears these numbers, which no person's record bears: texts without a contact, for example."""
        if not digests:
            return
        for column in self._columns():
            if not column.is_person:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %(table)s t SET %(column)s = NULL FROM phone_vault v"
                        " WHERE t.%(column)s = v.token AND v.number_digest = ANY(%(digests)s) AND %(nobodys)s",
                        digests=digests,
                        nobodys=SQL("t.%s IS NULL", SQL.identifier(column.owner)) if column.owner else SQL("TRUE"),
                        **column.names(),
                    )
                )
        self.env.cr.execute("DELETE FROM consent_link WHERE number_digest = ANY(%s)", [digests])
        self.env.cr.execute("UPDATE consent_reply SET number_digest = NULL WHERE number_digest = ANY(%s)", [digests])
