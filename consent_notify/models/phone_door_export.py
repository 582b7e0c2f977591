import csv
import io

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import split_every

from ..tools import phone

AT_ONCE = 1000
# A spreadsheet takes what begins so for a formula; a number written as +, digits and nothing else computes nothing.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class PhoneDoor(models.AbstractModel):
    """The door *export*: a manager takes many numbers away in a file, for a stated reason, each noted in the log."""

    _inherit = "phone.door"

    @api.model
    def _assert_exporter(self):
        if not self.env.user.has_group("consent_notify.group_manager"):
            raise AccessError(
                self.env._("Only a manager of consents may export numbers: ask one, or your administrator.")
            )

    @api.model
    def _exported(self, ids):
        """Return those of the contacts that the caller may read and that have a number."""
        ids = [partner_id for partner_id in ids if isinstance(partner_id, int)]
        contacts = self.env["res.partner"].with_context(active_test=False)
        return contacts.search([("id", "in", ids), ("phone", "!=", False)])

    @api.model
    def _assert_export(self, ids, reason, note):
        """Return the ids to export and the note, tidied.

        :raises AccessError: for anybody but a manager
        :raises UserError: without a second factor, a reason, or a single number
        """
        self._assert_exporter()
        self._assert_second_factor()
        note = self._assert_reason(reason, note)
        found = self._exported(ids)
        if not found:
            raise UserError(self.env._("None of these contacts has a number: choose others."))
        return found.ids, note

    @api.model
    def _export_lines(self, ids, reason, note, origin):
        """Yield the file in parts (bytes), each once its rows stand in the access log.

        A generator that outlives its request: it works on a cursor of its own.

        :param origin: address and session of the request
        """
        yield b"\xef\xbb\xbf" + _line("name", "email", "number")  # the mark tells spreadsheets that this is UTF-8
        registry, uid, context = self.env.registry, self.env.uid, dict(self.env.context)
        for chunk in split_every(AT_ONCE, ids):
            with registry.cursor() as cr:
                door = api.Environment(cr, uid, context)["phone.door"]
                part = door._export_part(chunk, reason, note, origin)
            yield part

    @api.model
    def _export_part(self, ids, reason, note, origin):
        contacts = self._exported(ids)
        vault, lines, rows = self.env["phone.vault"], [], []
        for contact in contacts:
            e164 = vault._e164_of(contact, contact.phone)
            lines.append(_line(contact.name or "", contact.email or "", e164 or contact.phone))
            rows.append({"res_id": contact.id, "code": phone.handle_code(vault._handle(contact.phone))})
        self.env["phone.access"]._record_all_sudo(
            "export", rows, reason=reason, note=note or False, model=contacts._name, **origin
        )
        return b"".join(lines)


def _line(*cells):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow([_harmless(cell) for cell in cells])
    return text.getvalue().encode()


def _harmless(cell):
    is_number = cell[:1] == "+" and cell[1:].isascii() and cell[1:].isdigit()
    return f"'{cell}" if cell.startswith(FORMULA) and not is_number else cell
