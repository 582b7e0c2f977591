import json
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.mimetypes import guess_mimetype

LARGEST = 10 * 1024 * 1024
KINDS_OF_PAPER = ("application/pdf", "image/png", "image/jpeg", "image/webp")


class ConsentEvent(models.Model):
    """The signed paper behind an answer: whoever may read the event may read it, and nobody can change it.

    It hangs on the first event of its batch; the others name it by its hash.
    """

    _inherit = "consent.event"

    scan_ids = fields.Many2many("ir.attachment", string="Signed Paper", compute="_compute_scan_ids", compute_sudo=True)

    @api.depends("evidence", "subject_ref")
    def _compute_scan_ids(self):
        hashes = {event: self._scan_hash(event.evidence) for event in self}
        signed = self.filtered(hashes.get)
        siblings = self.search([("subject_ref", "in", signed.mapped("subject_ref"))]) if signed else self
        domain = [("res_model", "=", self._name), ("res_id", "in", siblings.ids)]
        found = {scan.description: scan for scan in self.env["ir.attachment"].search(domain)}
        for event in self:
            event.scan_ids = found.get(hashes[event], self.env["ir.attachment"])

    @api.model
    def _scan_hash(self, evidence):
        try:
            content = json.loads(evidence or "{}")
        except ValueError:
            return None
        return content.get("scan_sha256") if isinstance(content, dict) else None

    @api.model
    def _assert_scan(self, content):
        """Return (hash, MIME type) of a scan (bytes).

        :raises UserError: if it is no picture and no PDF, or too large
        """
        mimetype = guess_mimetype(content)
        if mimetype not in KINDS_OF_PAPER:
            raise UserError(self.env._("The scan is no PDF and no picture: attach the paper as PDF, PNG or JPEG."))
        if len(content) > LARGEST:
            raise UserError(self.env._("The scan is larger than 10 MB: scan the paper in grey or with fewer dots."))
        return sha256(content).hexdigest(), mimetype

    def _keep_scan_sudo(self, content, name):
        """Hang the scan (bytes) on the first of these events, which name its hash in their evidence."""
        digest, mimetype = self._assert_scan(content)
        # sudo: nobody may write events, so nobody may replace or delete what hangs on one
        scan_sudo = self.env["ir.attachment"].sudo()
        values = {"name": name, "raw": content, "mimetype": mimetype, "description": digest}
        scan_sudo = scan_sudo.create({**values, "res_model": self._name, "res_id": self[:1].id})
        # What is written on the paper is nobody's to search for.
        scan_sudo.index_content = False
        return scan_sudo

    @api.model
    def _destroy_scans_sudo(self, numbers):
        """Delete the signed papers about these (partner id, number digest) pairs; their hashes stay in the log."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT a.id FROM ir_attachment a JOIN consent_event e ON a.res_model = %s AND a.res_id = e.id"
                " JOIN consent_subject s ON s.id = e.subject_ref"
                " WHERE (s.partner_id, s.number_digest) IN %s",
                self._name,
                tuple(numbers) or ((0, ""),),
            )
        )
        # sudo: nobody may delete what hangs on an event, retention excepted
        self.env["ir.attachment"].sudo().browse(scan for (scan,) in self.env.cr.fetchall()).unlink()
