from datetime import timedelta

from odoo import api, fields, models

# The scheduled action is woken at the next full minute of Odoo's own clock; sooner would cost each writer a connection.
SOON = timedelta(seconds=10)


class ConsentEventPending(models.Model):
    """Events that no anchor holds yet, by their own ids, written in the event's transaction.

    Ids say nothing about the order of commits: an event of a slow transaction comes after later ones are anchored. Here
    it appears when it is there, and so it is in the next batch.
    """

    _name = "consent.event.pending"
    _description = "Consent Event not Anchored yet"
    _log_access = False

    since = fields.Datetime(required=True, readonly=True)
    is_refused = fields.Boolean(readonly=True, help="It is not as it was written, so it was not anchored.")

    @api.model
    def _announce_sudo(self, ids):
        """Have these events anchored within a minute. No lock is waited for: rows are only added."""
        now = fields.Datetime.now()
        cron = self.env.ref("consent_notify.ir_cron_consent_anchor", raise_if_not_found=False)
        # Not through the ORM: hundreds of writers a second need one wake-up, and the core has no such question.
        self.env.cr.execute(
            """
            WITH announced AS (
                INSERT INTO consent_event_pending (id, since) SELECT unnest(%(ids)s), %(now)s)
            INSERT INTO ir_cron_trigger (cron_id, call_at)
                 SELECT id, %(soon)s FROM ir_cron
                  WHERE id = %(cron)s
                    AND NOT EXISTS (
                        SELECT 1 FROM ir_cron_trigger WHERE cron_id = %(cron)s AND call_at > %(half)s)
            """,
            {"ids": ids, "now": now, "cron": cron.id if cron else 0, "soon": now + SOON, "half": now + SOON / 2},
        )
