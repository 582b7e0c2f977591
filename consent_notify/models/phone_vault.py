import logging

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..tools import phone, seal, vault
from ..tools.errors import KeyringError
from ..tools.keyring_provider import ask, get_fingerprint, get_provider, load_keyring

_logger = logging.getLogger(__name__)


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
                provider = get_provider()
                ring = ask(provider, "load")
                # A new provider, a changed file or a first start: the database itself is asked.
                if ring is None or ring.fingerprint != self._fingerprint():
                    ring = load_keyring(self.env.cr, provider, ring)
            except KeyringError as error:
                # Without its cause, which a key service may have given: clients are shown where an error came from.
                raise self._cannot_open(error) from None
            cache["consent_notify_keyring"] = ring
        return cache["consent_notify_keyring"]

    @api.model
    @tools.ormcache(cache="stable")
    def _fingerprint(self):
        """Return what names the keyring of this database, None before the first start; asked once by each process.

        It never changes but by a parameter written or another database in place of this: both empty the cache.
        """
        return get_fingerprint(self.env.cr)

    @api.model
    def _cannot_open(self, error):
        """Return the UserError for an error of keys or rows: what to mend is for those who can, and for the log."""
        _logger.error("Phone numbers cannot be opened. %s", error)
        if self.env.user._is_superuser() or self.env.user.has_group("consent_notify.group_manager"):
            return UserError(self.env._("Phone numbers cannot be opened. %(why)s", why=self.env._(str(error))))
        return UserError(self.env._("Numbers cannot be opened now: tell your administrator."))

    @api.model
    def _token(self, text):
        tokens = self._state()["tokens"]
        if (token := tokens.get(text)) is None:
            # A number that is written is asked for its token more than once: announced, inserted, compared.
            tokens[text] = token = seal.token(self._keyring().token, text)
        return token

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

    @api.model
    def _state(self):
        """Return what this transaction knows: texts by token, (code, region) by text, texts to seal by token."""
        cache = self.env.cr.cache
        if "consent_notify_vault" not in cache:
            # Nothing stands for nothing: whole columns are then looked up without a look at each value.
            texts = dict.fromkeys((None, False))
            cache["consent_notify_vault"] = {"texts": texts, "known": {}, "announced": {}, "tokens": {}}
        return cache["consent_notify_vault"]
