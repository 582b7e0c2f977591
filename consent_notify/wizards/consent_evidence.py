from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.base.models.res_users import check_identity

from ..models.phone_access import REASONS
from ..tools import anchor, event_row, evidence, ledger, merkle, signing

DOOR = "evidence"
SHOWN = ("sha256", "lang", "intro", "label", "details", "document")


class ConsentEvidence(models.TransientModel):
    """A manager takes away the proof about one person, for a stated reason; each time stands in the access log."""

    _name = "consent.evidence"
    _description = "Evidence about one Person"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    reason = fields.Selection(REASONS, required=True, default="rights")
    note = fields.Char("In Words")
    count = fields.Integer("Events", compute="_compute_count")

    @api.depends("partner_id", "company_id")
    def _compute_count(self):
        for wizard in self:
            wizard.count = self.env["consent.event"].search_count(wizard._domain())

    def _domain(self):
        """Return the domain of the events: of the person and their own addresses, before one company."""
        contacts = self.partner_id._own_contacts()
        return [("partner_id", "in", contacts.ids), ("company_id", "=", self.company_id.id)]

    @api.model
    def _assert_manager(self):
        if not self.env.user.has_group("consent_notify.group_manager"):
            raise AccessError(
                self.env._("Only a manager of consents may take evidence away: ask one, or your administrator.")
            )

    @check_identity
    def action_download(self):
        """Send the browser for the file; asks for the password if that was over ten minutes ago."""
        self.ensure_one()
        self._assert_open()
        # Not “download”: the web client would leave the dialog, and the one that asks for the password, on the screen.
        url = f"/consent_notify/evidence/{self.id}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new", "close": True}

    def _assert_open(self):
        """Return the note, tidied.

        :raises AccessError: for anybody but the manager who opened this, or without a right to read the customer
        :raises UserError: without a second factor, a reason, or anything to prove
        """
        self._assert_manager()
        self.check_access("read")
        self.partner_id.check_access("read")
        door = self.env["phone.door"]
        door._assert_second_factor()
        note = door._assert_reason(self.reason, self.note or "")
        if not self.count:
            raise UserError(self.env._("Nothing was shown to this customer yet, so there is nothing to prove."))
        return note

    def _file(self):
        """Return the zip (bytes) and note in the access log who took it."""
        note = self._assert_open()
        # The file is fetched by a plain request, which does not know the company that was chosen on the screen.
        wizard = self.with_company(self.company_id)
        wizard.env["phone.access"]._record_sudo(
            DOOR, model="res.partner", res_id=self.partner_id.id, reason=self.reason, note=note or False, count=0
        )
        return evidence.pack(wizard._evidence())

    def _evidence(self):
        """Return what `evidence.pack` wants. Queries: one for each batch with an event of theirs."""
        Event = self.env["consent.event"]
        events = Event.search(self._domain(), order="id")
        anchors, paths = self._anchors_of(events.ids)
        leaves = Event._leaves_sudo(events.ids)
        rows = [event_row.decode(leaves[event.id][len(merkle.LEAF) :]) for event in events]
        return {
            "about": {
                "company": self.company_id.name,
                "taken": fields.Datetime.to_string(fields.Datetime.now()),
                "purposes": {purpose.id: purpose.name for purpose in events.purpose_id},
            },
            "public_key": signing.public_key(self.env["phone.vault"]._keyring()),
            "events": [
                {"row": row, **dict(zip(("anchor", "path"), paths.get(row["id"], (None, [])), strict=True))}
                for row in rows
            ],
            "words": [
                {"notice_id": text.notice_id.id, **{name: text[name] or "" for name in SHOWN}}
                for text in events.text_id.sorted("id")
            ],
            "anchors": anchors,
        }

    @api.model
    def _anchors_of(self, ids):
        """Return the anchors from the first of these events to the latest, and {id: (number, path)}."""
        wanted, anchors, paths = set(ids), [], {}
        for told in ledger.read_anchors(self.env.cr):
            ranges = anchor.unpack(told["span"])
            mine = [event_id for event_id in wanted if anchor.position_of(ranges, event_id) is not None]
            if mine or anchors:
                anchors.append(told)
            wanted.difference_update(mine)
            if mine:
                places = {event_id: anchor.position_of(ranges, event_id) for event_id in mine}
                found = merkle.paths_of(self._leaves_of(ranges), set(places.values()))
                for event_id, place in places.items():
                    paths[event_id] = (told["number"], [step.hex() for step in found[place]])
        hidden = ("hints", "public_key")
        return [
            {
                **{name: value for name, value in told.items() if name not in hidden},
                "hints_sha256": anchor.hints_hash_of(told),
            }
            for told in anchors
        ], paths

    @api.model
    def _leaves_of(self, ranges):
        ids = [event_id for low, high in ranges for event_id in range(low, high + 1)]
        return [sha256(raw).digest() for raw in self.env["consent.event"]._leaves_sudo(ids).values()]
