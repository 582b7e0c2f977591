import base64
import csv
import io
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import consent_csv, phone, seal
from ..tools.errors import SealError

PLACE = "consent.import"
# Told back as they came: by these a row is put right and read again.
AS_IT_STOOD = ("external_id", "email", "date")


class ConsentImport(models.TransientModel):
    """Answers from before, from a file: each row with its proof, each row looked at before any is kept.

    The file is full of names and may be full of numbers: it waits sealed, and is emptied once it was imported.
    """

    _name = "consent.import"
    _description = "Import of Answers"
    _transient_max_hours = 1.0

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    file = fields.Binary("CSV file", compute="_compute_file", inverse="_inverse_file", store=False)
    file_name = fields.Char()
    sealed_file = fields.Binary(attachment=False, readonly=True, copy=False)
    state = fields.Selection(
        [("upload", "File"), ("preview", "Preview"), ("done", "Imported")], default="upload", readonly=True
    )
    line_ids = fields.One2many("consent.import.line", "import_id", readonly=True)
    accepted_count = fields.Integer("Accepted", readonly=True)
    refused_count = fields.Integer("Refused", readonly=True)

    @api.depends("sealed_file")
    def _compute_file(self):
        ring = self.env["phone.vault"]._keyring()
        for wizard in self.with_context(bin_size=False):
            try:
                content = wizard.sealed_file and seal.open_bytes(ring.seal, PLACE, wizard.sealed_file)
            except SealError as error:
                raise UserError(self.env._("The file can no longer be opened: upload it again.")) from error
            wizard.file = content and base64.b64encode(content)

    def _inverse_file(self):
        ring = self.env["phone.vault"]._keyring()
        for wizard in self:
            content = wizard.file and base64.b64decode(wizard.file)
            wizard.sealed_file = content and seal.seal_bytes(ring.primary, ring.seal[ring.primary], PLACE, content)

    # ------------------------------------------------------------ buttons

    def action_check(self):
        """Look at every row, and show which are accepted and why the others are not."""
        self.ensure_one()
        self._assert_manager()
        rows = self._rows()
        # Who has which number is a look-up, and counted as one.
        self.env["phone.access"]._record_sudo("look_up", model="res.partner", count=len(rows))
        self.line_ids.unlink()
        self.env["consent.import.line"].create(
            [
                {
                    "import_id": self.id,
                    "position": row.line,
                    "partner_id": row.partner_id or False,
                    "purpose_id": row.purpose_id or False,
                    "answer": row.kind or False,
                    "date": row.day,
                    "reason": row.reason or False,
                }
                for row in rows
            ]
        )
        refused = sum(bool(row.reason) for row in rows)
        self.write({"state": "preview", "accepted_count": len(rows) - refused, "refused_count": refused})
        return self._reopen()

    def action_import(self):
        """Keep the accepted rows. The rows are looked at once more: much may have happened since the preview."""
        self.ensure_one()
        self._assert_manager()
        if self.state != "preview":
            raise UserError(self.env._("This file was imported already: upload another one."))
        accepted = [row for row in self._rows() if not row.reason]
        self._record(accepted)
        self.write({"state": "done", "accepted_count": len(accepted)})
        if not self.refused_count:
            self.sealed_file = False
        return self._reopen()

    def action_refused(self):
        """Download the refused rows with their reasons."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/consent_notify/import/{self.id}/refused.csv",
            "target": "download",
        }

    def action_close(self):
        """Forget the file."""
        self.sealed_file = False
        return {"type": "ir.actions.act_window_close"}

    def _assert_manager(self):
        self.check_access("write")
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("You work in another company now: close this, and start again."))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import answers"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # ------------------------------------------------------------ rows

    def _content(self):
        content = self.with_context(bin_size=False).file
        if not content:
            raise UserError(self.env._("There is no file: upload one."))
        return base64.b64decode(content)

    def _rows(self):
        """Return every row of the file, judged.

        :raises UserError: if the file cannot be read at all
        """
        try:
            rows = consent_csv.read(self._content())
        except consent_csv.FileError as error:
            raise UserError(self.env._(str(error), **error.values)) from error  # pylint: disable=translation-not-lazy
        self._judge(rows)
        return rows

    def _refused_csv(self):
        """Return the refused rows as CSV, with a reason for each; numbers as masks, since a file travels."""
        self._assert_manager()
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow(["line", *consent_csv.COLUMNS, "reason"])
        mask = self.env["phone.vault"]._mask
        for row in self._rows():
            if row.reason:
                cells = [row.cells.get(name, "") for name in consent_csv.COLUMNS]
                cells = [mask(text) if name == "number" and text else text if name in AS_IT_STOOD
                         else phone.without_numbers(text, "•••")
                         for name, text in zip(consent_csv.COLUMNS, cells, strict=True)]  # fmt: skip
                writer.writerow([row.line, *map(consent_csv.harmless, cells), consent_csv.harmless(row.reason)])
        return "\ufeff" + output.getvalue()

    def _record(self, rows):
        """Append the answers of these judged rows, the oldest first. Queries: constant."""
        events = self.env["consent.event"]
        rows = sorted(rows, key=lambda row: (row.day, row.line))
        # sudo: managers may import, but nobody may write subjects or events by hand
        subjects = self.env["consent.subject"]._find_or_make_many_sudo(
            {row.partner_id: row.digest for row in rows}, self.company_id
        )
        file_hash = sha256(self._content()).hexdigest()
        # sudo: as above
        events.sudo().create(
            [
                {
                    "subject_ref": subjects[row.partner_id].id,
                    "company_id": self.company_id.id,
                    "commitment": events._commitment(subjects[row.partner_id]),
                    "purpose_id": row.purpose_id,
                    "kind": row.kind,
                    "source": "import",
                    "actor": f"user:{self.env.uid}",
                    "evidence": row.evidence(file_hash),
                }
                for row in rows
            ]
        )
