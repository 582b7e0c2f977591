from contextlib import contextmanager
from itertools import chain

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models

from ..tools import phone, vault
from ..tools.errors import SealError, _lt
from ..tools.held import IMPORT

MISSING = _lt("A number is missing from the vault: restore the table phone_vault from a backup.")


class PhoneVault(models.Model):
    """Texts on their way into the vault, and out of it again."""

    _inherit = "phone.vault"

    @api.model
    def _region_of_values(self, model, values):
        """Return the two-letter region that numbers among `values` of a new record are written in."""
        fname = model._phone_get_country_field() if hasattr(model, "_phone_get_country_field") else None
        country = self.env["res.country"].browse(values.get(fname)) if fname and values.get(fname) else None
        return (country or self.env.company.country_id).code

    @api.model
    def _region_of(self, record, text):
        """Return the two-letter region that `text` on a record is written in, None if nothing there tells."""
        if len(record) != 1 or not record.id or not phone.needs_region(text):
            return None
        # sudo: whoever may write a number need not be able to read whose country it goes by
        return record.sudo()._phone_get_country().get(record.id, record.env["res.country"]).code or None

    @api.model
    def _announce(self, text, region=None):
        """Return the token of `text` and remember to seal it before the next INSERT or UPDATE."""
        token = self._token(text)
        state = self._state()
        if token not in state["texts"] and token not in state["announced"]:
            state["announced"][token] = (text, region or self.env.company.country_id.code)
        return token

    @api.model
    def _seal_announced_sudo(self):
        """Put the announced texts into the vault, in one statement for up to 5,000."""
        state = self._state()
        if not state["announced"]:
            return
        keyring = self._keyring()
        announced, state["announced"] = state["announced"], {}
        rows = vault.make_rows(keyring, dict(announced.values()), announced)
        # By the number's code, which its spellings share: another country's or operator's number is another guess.
        self.env["phone.door"]._count_typed({row[3]: announced[row[0]][0] for row in rows})
        with self._noting_conflicts():
            is_all_new = vault.insert_rows(self.env.cr, rows) == len(rows)
        for row in rows:
            text = announced[row[0]][0]
            state["texts"][row[0]] = text
            if is_all_new or not phone.needs_region(text):
                state["known"][text] = row[3:5]
        # Digits without a prefix may stand there as another country's: the row that is there says of which number.
        if unclear := [token for token, (text, _region) in announced.items() if text not in state["known"]]:
            state["known"].update(vault.open_tokens(self.env.cr, keyring, unclear)[1])

    @contextmanager
    def _noting_conflicts(self):
        """Tell an import that the block met another transaction: its other rows are refused, all are tried again."""
        brought = IMPORT.get()
        if brought and brought.conflict:
            raise brought.conflict
        try:
            yield
        except SerializationFailure as conflict:
            if brought:
                brought.conflict = conflict
            raise

    # ------------------------------------------------------------ opening

    @api.model
    def _open(self, tokens):
        """Return {token: text}. The one function that opens seals.

        :raises UserError: if one is not in the vault or does not open; never a blank in its place
        """
        state = self._state()
        if wanted := set(tokens).difference(state["texts"]):
            try:
                texts, known = vault.open_tokens(self.env.cr, self._keyring(), wanted)
            except SealError as error:
                raise self._cannot_open(error) from error
            if len(texts) < len(wanted):
                raise self._cannot_open(SealError(MISSING))
            state["texts"].update(texts)
            state["known"].update(known)
        return state["texts"]

    @contextmanager
    def _opening_together(self):
        """Gather the sealed columns of one fetch and open them all with one query at the end."""
        state = self._state()
        outer, state["gathered"] = state.get("gathered"), []
        try:
            yield
            gathered = state["gathered"]
        finally:
            state["gathered"] = outer
        texts = self._open(chain.from_iterable(tokens for _field, _records, tokens in gathered))
        for field, records, tokens in gathered:
            fields.Char._insert_cache.super(field, records, map(texts.__getitem__, tokens))

    @api.model
    def _open_column(self, field, records, tokens):
        """Return the texts of one fetched column, or None if they are opened with the others of the fetch."""
        tokens = tuple(tokens)
        gathered = self._state().get("gathered")
        if gathered is not None:
            gathered.append((field, records, tokens))
            return None
        return map(self._open(tokens).__getitem__, tokens)
