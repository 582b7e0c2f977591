import logging
from hashlib import sha256

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import anchor, ledger, merkle, signing, tombstone

_logger = logging.getLogger(__name__)

BATCHES, EVENTS = 200, 20_000  # what is looked at in one transaction, at most
POSITION = "consent_notify.expired_position"


class ConsentAnchorExpired(models.Model):
    """The tombstone of a batch of events whose evidence term is over: all that may ever be taken from the log.

    Batches go whole: one event that still proves something holds all of its batch. The anchor stays, and so does the
    chain; what is dropped is signed for in the same transaction, so that a crash leaves either or neither.
    """

    _name = "consent.anchor.expired"
    _description = "Expired Batch of the Consent Log"
    _order = "number desc"
    _rec_name = "number"
    _log_access = False

    number = fields.Integer("Batch", required=True, readonly=True, aggregator=None)
    time = fields.Datetime("Dropped", required=True, readonly=True)
    months = fields.Integer("Evidence Term (months)", required=True, readonly=True, aggregator=None)
    digest = fields.Char("Hash of the Anchor", required=True, readonly=True)
    signature = fields.Char(required=True, readonly=True, help="Ed25519, over all of the above.")

    _number_unique = models.UniqueIndex("(number)")

    def init(self):
        self.env["consent.event"]._guard_table(self._table)

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("Batches are dropped by the scheduled action, never by hand."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What was dropped stays noted as it is."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("What was dropped stays noted as it is."))  # pylint: disable=no-raise-unlink

    @api.model
    def _run_sudo(self, now=None):
        """Drop every batch that is due, as long as the scheduled action has time; called again, it goes on.

        :param datetime now: the clock
        """
        now = now or fields.Datetime.now()
        settings = self.env["ir.config_parameter"].sudo()
        position, dropped = int(settings.get_param(POSITION, 0)), 0
        while batches := self._take(position, now):
            dropped += self._drop_due(batches, now)
            position = batches[-1]["number"]
            settings.set_param(POSITION, position)
            if not self.env["ir.cron"]._commit_progress(len(batches), remaining=1):
                return
        settings.set_param(POSITION, 0)
        self.env["ir.cron"]._commit_progress(0, remaining=0)
        if dropped:
            _logger.info("Retention of the log: %s expired batches were dropped.", dropped)

    @api.model
    def _take(self, position, now):
        """Return the next anchors after a number that are old enough for any term, ascending."""
        shortest = self.env["consent.evidence.term"]._shortest_sudo()
        if not shortest:
            return []
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT number, count FROM consent_anchor a WHERE number > %s AND time <= %s AND NOT EXISTS"
            " (SELECT FROM consent_anchor_expired x WHERE x.number = a.number) ORDER BY number LIMIT %s",
            [position, now - relativedelta(months=shortest), BATCHES],
        )
        numbers, events = [], 0
        for number, count in self.env.cr.fetchall():
            if numbers and events + count > EVENTS:
                break
            numbers.append(number)
            events += count
        return ledger.read_anchors(self.env.cr, numbers=numbers) if numbers else []

    @api.model
    def _drop_due(self, batches, now):
        """Drop those of the batches in which nothing proves anything any more; return how many. Queries: constant."""
        months = self._months_of([told["number"] for told in batches], now)
        due = [told for told in batches if months.get(told["number"])]
        due = self._intact(due)
        if due:
            self._drop([(told, months[told["number"]]) for told in due], now)
        return len(due)

    @api.model
    def _intact(self, batches):
        """Return those of the batches that are as they were signed: what somebody changed is left to be found."""
        key = signing.public_key(self.env["phone.vault"]._keyring())
        ids = {told["number"]: [*_ids(told)] for told in batches}
        leaves = self.env["consent.event"]._leaves_sudo([event_id for own in ids.values() for event_id in own])
        good = []
        for told in batches:
            own = [leaves[event_id] for event_id in ids[told["number"]] if event_id in leaves]
            if (
                signing.is_signed(key, anchor.statement_of(told), told["signature"])
                and len(own) == told["count"]
                and merkle.root_of([sha256(raw).digest() for raw in own]).hex() == told["root"]
            ):
                good.append(told)
        if len(good) < len(batches):
            _logger.error(
                "%s expired batches are not as they were signed and stay: run `odoo consent verify`.",
                len(batches) - len(good),
            )
        return good

    @api.model
    def _drop(self, batches, now):
        """Write the tombstones of (anchor, months) pairs and let their events go, all in one transaction."""
        ring = self.env["phone.vault"]._keyring()
        time = fields.Datetime.to_string(now)
        stones = [tombstone.make(ring, told, time, months) for told, months in batches]
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_anchor_expired (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, tombstone.NAMES)),
                SQL(", ").join(tuple(stone[name] for name in tombstone.NAMES) for stone in stones),
            )
        )
        numbers = ",".join(str(stone["number"]) for stone in stones)
        ids = [event_id for told, _months in batches for event_id in _ids(told)]
        # sudo: nobody may delete what hangs on an event, retention excepted
        self.env["ir.attachment"].sudo().search([("res_model", "=", "consent.event"), ("res_id", "in", ids)]).unlink()
        self.env.cr.execute("SELECT set_config('consent_notify.expired', %s, TRUE)", [numbers])
        self.env.cr.execute("DELETE FROM consent_event WHERE id = ANY(%s)", [ids])
        self.env.cr.execute("SELECT set_config('consent_notify.expired', '', TRUE)")
        self.env.invalidate_all()


def _ids(told):
    """Yield the ids of the events of a batch."""
    for low, high in anchor.unpack(told["span"]):
        yield from range(low, high + 1)
