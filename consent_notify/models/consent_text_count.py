from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

DAY = timedelta(hours=24)


class ConsentTextCount(models.Model):
    """When a number got its texts of the last 24 hours, for as long as that counts. Written by SQL alone."""

    _name = "consent.text.count"
    _description = "Texts to a Number"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    number_digest = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    last_at = fields.Datetime(required=True, readonly=True, index=True)

    _number_unique = models.UniqueIndex("(company_id, number_digest)")

    def init(self):
        self.env.cr.execute("ALTER TABLE consent_text_count ADD COLUMN IF NOT EXISTS moments timestamp[] NOT NULL")

    @api.model
    def _moments_sudo(self, keys):
        """Return {(company id, number digest): sorted moments within the last 24 hours}, in one query."""
        self.env.cr.execute(
            SQL(
                "SELECT company_id, number_digest, moments FROM consent_text_count"
                " WHERE number_digest = ANY(%s) AND last_at > %s",
                [digest for _company, digest in keys if digest],
                fields.Datetime.now() - DAY,
            )
        )
        return {(company, digest): moments for company, digest, moments in self.env.cr.fetchall()}

    @api.model
    def _add_sudo(self, counts):
        """Note that so many texts go out now: {(company id, number digest): how many}, in one statement.

        Two workers with texts to one number: the second fails with 40001, starts anew and finds the first one's.
        """
        if not counts:
            return
        rows = sorted((company, digest, count) for (company, digest), count in counts.items())
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_text_count AS t (company_id, number_digest, moments, last_at)"
                " SELECT company, digest, array_fill(%(now)s::timestamp, ARRAY[number]), %(now)s"
                " FROM unnest(%(companies)s, %(digests)s::varchar[], %(numbers)s) n (company, digest, number)"
                " ON CONFLICT (company_id, number_digest) DO UPDATE SET last_at = EXCLUDED.last_at,"
                " moments = ARRAY(SELECT m FROM unnest(t.moments || EXCLUDED.moments) m WHERE m > %(day)s ORDER BY m)",
                now=now,
                day=now - DAY,
                companies=[company for company, _digest, _count in rows],
                digests=[digest for _company, digest, _count in rows],
                numbers=[count for _company, _digest, count in rows],
            )
        )

    @api.model
    def _take_back_sudo(self, counts):
        """Forget the latest moments of what did not go out after all: {(company id, number digest): how many}."""
        if not counts:
            return
        rows = sorted((company, digest, count) for (company, digest), count in counts.items())
        self.env.cr.execute(
            SQL(
                "UPDATE consent_text_count t SET moments = t.moments[1:cardinality(t.moments) - n.number]"
                " FROM unnest(%s, %s::varchar[], %s) n (company, digest, number)"
                " WHERE t.company_id = n.company AND t.number_digest = n.digest",
                [company for company, _digest, _count in rows],
                [digest for _company, digest, _count in rows],
                [count for _company, _digest, count in rows],
            )
        )

    @api.model
    def _forget_sudo(self, digests):
        self.env.cr.execute(SQL("DELETE FROM consent_text_count WHERE number_digest = ANY(%s)", list(digests)))

    @api.autovacuum
    def _gc_counts(self):
        self.env.cr.execute("DELETE FROM consent_text_count WHERE last_at < %s", [fields.Datetime.now() - DAY])
