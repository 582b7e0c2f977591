import base64
import logging
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import anchor, event_row, ledger, merkle, signing

_logger = logging.getLogger(__name__)

BATCH = 10_000
LOCK = 0x616E6368  # "anch", of the advisory lock under which one process anchors


class ConsentAnchor(models.Model):
    """One batch of events under one signature that continues the one before: whatever is changed later shows.

    A batch holds exactly the events in `span`. When retention drops a batch whose events are all past their term, its
    anchor stays: root and signature speak of nobody, and the chain goes on.
    """

    _name = "consent.anchor"
    _description = "Anchor of the Consent Log"
    _order = "number desc"
    _rec_name = "number"
    _log_access = False

    number = fields.Integer(required=True, readonly=True, aggregator=None)
    time = fields.Datetime(required=True, readonly=True)
    count = fields.Integer("Events", required=True, readonly=True)
    span = fields.Text("Event IDs", required=True, readonly=True)
    root = fields.Char(required=True, readonly=True, help="The Merkle root (RFC 6962, SHA-256) of these events.")
    previous = fields.Char(required=True, readonly=True, help="The hash of the anchor before.")
    hints = fields.Text(required=True, readonly=True, help="The beginnings of the leaves: which row was changed.")
    public_key = fields.Char(required=True, readonly=True)
    signature = fields.Char(required=True, readonly=True, help="Ed25519, over all of the above.")

    _number_unique = models.UniqueIndex("(number)")

    def init(self):
        self.env["consent.event"]._guard_table(self._table)

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("Anchors are made by the scheduled action, never by hand."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An anchor is never changed: what comes later continues it."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("An anchor is never deleted: what comes later continues it."))  # pylint: disable=no-raise-unlink

    # ------------------------------------------------------------ anchoring

    @api.model
    def _run_sudo(self, size=BATCH):
        """Anchor what is pending, batch after batch, as long as the scheduled action has time."""
        while True:
            taken = self._anchor_sudo(size)
            seconds = self.env["ir.cron"]._commit_progress(taken, remaining=int(taken == size))
            self._enter_in_ledger()
            if taken < size or not seconds:
                return

    @api.model
    def _anchor_sudo(self, size=BATCH):
        """Anchor up to `size` pending events in one batch; return how many were looked at."""
        self.env.flush_all()
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not self.env.cr.fetchone()[0]:
            return 0  # another process is at it
        self.env.cr.execute(
            "SELECT id FROM consent_event_pending WHERE is_refused IS NOT TRUE ORDER BY id LIMIT %s", [size]
        )
        ids = [event_id for (event_id,) in self.env.cr.fetchall()]
        leaves = self._intact_leaves(ids)
        if leaves:
            self._append(list(leaves), list(leaves.values()))
            self.env.cr.execute("DELETE FROM consent_event_pending WHERE id = ANY(%s)", [list(leaves)])
        if refused := [event_id for event_id in ids if event_id not in leaves]:
            _logger.error("%s events are not as they were written: run `odoo consent verify`.", len(refused))
            self.env.cr.execute("UPDATE consent_event_pending SET is_refused = TRUE WHERE id = ANY(%s)", [refused])
        self.env.invalidate_all()
        return len(ids)

    @api.model
    def _intact_leaves(self, ids):
        """Return {id: leaf's hash}, ascending, of those events whose mac is right: what was slipped in stays out."""
        Event, leaves = self.env["consent.event"], {}
        key = Event._mac_key()
        for event_id, raw in Event._leaves_sudo(ids).items():
            row = event_row.decode(raw[len(merkle.LEAF) :])
            if row["mac"] == event_row.mac_of(key, row):
                leaves[event_id] = sha256(raw).digest()
        return leaves

    @api.model
    def _append(self, ids, leaves):
        """Write the anchor of one batch."""
        ring = self.env["phone.vault"]._keyring()
        last = self._latest_told()
        told = {
            "number": last["number"] + 1 if last else 1,
            "time": fields.Datetime.to_string(fields.Datetime.now()),
            "count": len(ids),
            "span": anchor.pack(ids),
            "root": merkle.root_of(leaves).hex(),
            "previous": anchor.digest_of(last) if last else anchor.FIRST,
            "hints": base64.b64encode(b"".join(leaf[: anchor.HINT] for leaf in leaves)).decode(),
        }
        row = {
            **told,
            "public_key": signing.public_key(ring),
            "signature": signing.sign(ring, anchor.statement_of(told)),
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_anchor (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, row)),
                tuple(row.values()),
            )
        )

    @api.model
    def _latest_told(self):
        """Return the latest anchor as its statement tells it, or None."""
        latest_sudo = self.sudo().search([], limit=1)  # sudo: the chain is one, whoever asks
        return latest_sudo and latest_sudo._told()

    def _told(self):
        """Return this anchor as `anchor.statement_of` wants it."""
        self.ensure_one()
        names = ("number", "count", "span", "root", "previous", "hints")
        return {**{name: self[name] for name in names}, "time": fields.Datetime.to_string(self.time)}

    @api.model
    def _enter_in_ledger(self):
        """Keep the latest anchor's number and hash beside the keyring, where an owner of the database cannot reach."""
        try:
            ledger.enter(self.env.cr)
        except OSError:
            _logger.exception("The latest anchor could not be noted beside the keyring.")
