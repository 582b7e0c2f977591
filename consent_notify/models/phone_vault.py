import logging
from contextlib import contextmanager
from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools import phone, seal, takeover, vault
from ..tools.errors import KeyringError, SealError, _lt
from ..tools.keyring_provider import load_keyring

_logger = logging.getLogger(__name__)
MISSING = _lt("A number is missing from the vault: restore the table phone_vault from a backup.")


class PhoneVault(models.Model):
    """The one table that holds numbers, sealed. Rows are made and removed by SQL alone, never through the ORM."""

    _name = "phone.vault"
    _description = "Sealed Phone Number"
    _log_access = False

    token = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    number_digest = fields.Char(readonly=True, index="btree_not_null", groups=NO_ACCESS)
    suffix = fields.Char(readonly=True, index="btree_not_null", groups=NO_ACCESS)
    code = fields.Char(required=True, readonly=True, index=True, groups=NO_ACCESS)
    region = fields.Char(readonly=True, groups=NO_ACCESS)
    sealed = fields.Binary(required=True, readonly=True, attachment=False, groups=NO_ACCESS)
    create_date = fields.Datetime(readonly=True)

    def init(self):
        self.env.cr.execute(vault.TABLE)

    def _register_hook(self):
        super()._register_hook()
        # An app installed or updated since the last start may have brought a sealed column.
        self._bind_columns_sudo()

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("The vault is filled by sealed fields only: write the number on the contact."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A sealed number cannot be changed: write the new number on the contact."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("A sealed number is not deleted by hand: retention and erasure destroy it."))

    # ------------------------------------------------------------ keys

    @api.model
    def _keyring(self):
        """Return this database's keyring, made at the first start.

        :raises UserError: if it is missing, unreadable, or belongs to another database
        """
        cache = self.env.cr.cache
        if "consent_notify_keyring" not in cache:
            try:
                cache["consent_notify_keyring"] = load_keyring(self.env.cr)
            except KeyringError as error:
                raise self._cannot_open(error) from error
        return cache["consent_notify_keyring"]

    @api.model
    def _cannot_open(self, error):
        """Return the UserError for an error of keys or rows: what to mend is for those who can, and for the log."""
        _logger.error("Phone numbers cannot be opened. %s", error)
        if self.env.user._is_superuser() or self.env.user.has_group("consent_notify.group_manager"):
            return UserError(self.env._("Phone numbers cannot be opened. %(why)s", why=self.env._(str(error))))
        return UserError(self.env._("Numbers cannot be opened now: tell your administrator."))

    @api.model
    def _token(self, text):
        return seal.token(self._keyring().token, text)

    @api.model
    def _mac(self, purpose, *parts):
        """Return a keyed hash (64 hexadecimal characters) of text `parts` for one named use."""
        return seal.mac(self._keyring().mac, purpose, *parts).hex()

    @api.model
    def _digest(self, text, country=None):
        """Return the hash (64 hexadecimal characters) of the number in `text` however written, or None.

        :param country: res.country for numbers without a country prefix; the company's by default
        """
        region = (country or self.env.company.country_id).code
        e164 = phone.to_e164(text, region)
        return vault.digest(self._keyring(), e164) if e164 else None

    # ------------------------------------------------------------ sealing

    @api.model
    def _state(self):
        """Return what this transaction knows: texts by token, (code, region) by text, texts to seal by token."""
        cache = self.env.cr.cache
        if "consent_notify_vault" not in cache:
            # Nothing stands for nothing: whole columns are then looked up without a look at each value.
            cache["consent_notify_vault"] = {"texts": dict.fromkeys((None, False)), "known": {}, "announced": {}}
        return cache["consent_notify_vault"]

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
        self.env["phone.door"]._count_typed([text for text, _region in announced.values()])
        rows = vault.make_rows(keyring, dict(announced.values()))
        vault.insert_rows(self.env.cr, rows)
        for row in rows:
            text = announced[row[0]][0]
            state["texts"][row[0]] = text
            state["known"][text] = row[3:5]

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

    # ------------------------------------------------------------ columns

    @api.model
    def _sealed_columns(self):
        """Return the (table, column) pairs of this database that hold tokens, sorted."""
        return sorted(
            {
                (model._table, field.name)
                for model in (self.env[name] for name in self.env.registry)
                if model._auto and not model._abstract
                for field in model._sealed_fields()
            }
        )

    @api.model
    def _bind_columns_sudo(self):
        """Bind every sealed column to the vault by a foreign key, and seal first what stands there in plain text."""
        cr = self.env.cr
        cr.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE confrelid = 'phone_vault'::regclass AND contype = 'f'"
        )
        bound = set(cr.fetchall())
        unbound = {}
        for table, column in self._sealed_columns():
            if (table, vault.key_name(table, column)) not in bound:
                unbound.setdefault(table, []).append(column)
        if not unbound:
            return
        touched = takeover.seal_tables(cr, self._keyring(), unbound, self.env.company.country_id.code)
        for table, columns in unbound.items():
            for column in columns:
                vault.bind_column(cr, table, column)
        takeover.forget_old_rows(cr, touched)

    @api.model
    def _destroy_unused_sudo(self, digests=None):
        """Delete the vault rows whose token no sealed column bears any more; return how many.

        The foreign keys make a mistake here fail rather than lose a number that is in use.

        :param digests: look only at the numbers with these digests
        """
        self.env.flush_all()
        borne = [
            SQL("NOT EXISTS (SELECT 1 FROM %s t WHERE t.%s = v.token)", SQL.identifier(table), SQL.identifier(column))
            for table, column in self._sealed_columns()
        ]
        if digests is not None:
            borne.append(SQL("v.number_digest = ANY(%s)", list(digests)))
        # A refusal is the caller's to handle: somebody took up one of these numbers meanwhile.
        self.env.cr.execute(SQL("DELETE FROM phone_vault v WHERE %s", SQL(" AND ").join(borne)), log_exceptions=False)
        self.env.cr.cache.pop("consent_notify_vault", None)
        return self.env.cr.rowcount
