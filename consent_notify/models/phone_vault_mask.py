import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import phone, seal, vault

SHORTEST = 7  # digits that are taken for a whole number
BEARERS = 20  # records with one number that are looked at when a handle comes back


def join(masks, codes):
    """Return the handles of numbers with these masks and codes."""
    return [f"{mask} #{code}" for mask, code in zip(masks, codes, strict=True)]


class PhoneVault(models.Model):
    """Masks and handles: what leaves the server in place of a number, and what comes back."""

    _inherit = "phone.vault"

    @api.model
    def _mask(self, text):
        known = self._state()["known"].get(text)
        if known:
            return phone.mask(text, known[1])
        return phone.mask(phone.to_e164(text, self.env.company.country_id.code) or text)

    @api.model
    def _handle(self, text):
        """Return the mask of `text` with the code of its number: `+7 ••• ••• 45 67 #9KQ2M7X4TD`."""
        if known := self._state()["known"].get(text):
            code, region = known
            mask = phone.mask(text, region)
        else:
            e164 = phone.to_e164(text, self.env.company.country_id.code)
            code, mask = vault.code(self._keyring(), text, e164), phone.mask(e164 or text)
        return join([mask], [code])[0]

    @api.model
    def _resolve(self, value, field, record):
        """Return the number that a handle points to.

        Only (a) the same record's present number, or (b) a number on a record this user may read; never for portal
        users and visitors, who could otherwise write a customer's handle into their own profile and read it there.

        :raises UserError: if it points to nothing this user may use; nothing is changed then
        """
        if text := self._state().get("referred", {}).get(value):
            return text
        user = self.env.user
        code = phone.handle_code(value)
        if code and not seal.is_token(value) and user._is_internal():
            if len(record) == 1 and record._origin:
                present = record._origin.sudo()[field.name]  # sudo: rule (a), the caller writes this very record
                if present and self._handle(present).endswith(code):
                    return present
            if self.env[field.model_name]._transient:
                # A wizard hands on what it holds, as text, to wherever its code likes.
                raise UserError(self.env._("This number is masked: type the whole number here."))
            if found := self._bearers([code], field).get(code):
                bearer, text = found
                self._assert_no_colleague(field, record)
                self.env["phone.access"]._note_copy_sudo(bearer, code, record, field.model_name)
                return text
        raise UserError(self.env._("This number is masked: type the whole new number, or leave the field as it was."))

    @api.model
    def _resolve_ahead(self, model, vals_list):
        """Look up all handles among the values of many records at once; `_resolve` finds them in this transaction."""
        if len(vals_list) < 2:
            return
        for field in model._sealed_fields():
            texts = {text for vals in vals_list if isinstance(text := vals.get(field.name), str)}
            codes = {code for text in texts if phone.BULLET in text and (code := phone.handle_code(text))}
            if codes and self.env.user._is_internal():
                self._bearers(codes, field)

    @api.model
    def _bearers(self, codes, field):
        """Return {code: (record this user may read that bears the number, number)} for those `codes` that have one."""
        companies = tuple(self.env.context.get("allowed_company_ids") or ())
        key = (self.env.uid, companies, field.model_name, field.name)
        known = self._state().setdefault("bearers", {}).setdefault(key, {})
        new = [code for code in codes if code not in known]
        if not new:
            return known
        self.env.cr.execute("SELECT code, token, number_digest FROM phone_vault WHERE code = ANY(%s)", [new])
        rows = self.env.cr.fetchall()
        digests = {}
        for code, _token, digest in rows:
            digests.setdefault(code, set()).add(digest)
        tokens = {token: code for code, token, _digest in rows if len(digests[code]) == 1}
        unclear = set()
        for model in (self.env[field.model_name], self.env["res.partner"]):
            readable = model.with_user(self.env.user).sudo(False)
            wanted = [token for token, code in tokens.items() if code not in known and code not in unclear]
            if not wanted or not readable.has_access("read"):
                continue
            fname = field.name if model._name == field.model_name else "phone"
            found = readable.search([(fname, "in", wanted)], limit=BEARERS if len(new) == 1 else None)
            meant = {}
            for bearer in found:
                text = bearer.sudo()[fname]  # sudo: the user may read the record that bears it
                # Written in full: on a record of another country the spelling may mean another number.
                full = self._e164_of(bearer, text) or text
                meant.setdefault(tokens[self._token(text)], {})[full] = bearer
            for code, numbers in meant.items():
                if len(numbers) > 1:
                    unclear.add(code)  # one spelling in two countries: the handle does not tell which is meant
                else:
                    [(full, bearer)] = numbers.items()
                    known[code] = (bearer, full)
        return known

    @api.model
    def _e164_of(self, record, text):
        """Return the E.164 form of `text` as it stands on a record, or None.

        The vault keeps one row for a spelling, with the country of whoever wrote it first: on a record of another
        country the same digits are another number.
        """
        known = self._state()["known"].get(text, (None, None))[1]
        if not phone.needs_region(text):
            return phone.to_e164(text, known)
        region = self._region_of(record, text)
        if not region and "phone_sanitized" in record:
            sanitized = record.sudo().phone_sanitized  # sudo: the caller has the number itself in hand
            if sanitized and phone.last_four(sanitized) == phone.last_four(text):
                return sanitized
        return phone.to_e164(text, region or known or self.env.company.country_id.code)

    @api.model
    def _assert_no_colleague(self, field, record):
        """Refuse to put a customer's number on a colleague: pages show theirs whole, as they are at work."""
        if field.model_name not in ("res.partner", "res.users"):
            return
        contacts = record._origin.sudo()  # sudo: only whose contact it is
        if (contacts.partner_id if contacts._name == "res.users" else contacts)._ours(former=True):
            raise UserError(
                self.env._("A customer's number cannot be copied to a colleague or a company of yours: type theirs.")
            )

    # ------------------------------------------------------------ search

    @api.model
    def _search_sql(self, field, operator, value, model, alias, query):
        """Return the condition for `like` on a sealed field: a full number in any spelling, or its last four digits.

        :raises UserError: for anything else, since sealed texts have no parts and no order
        """
        found = self._tokens_like(value) if operator in ("like", "ilike", "=like", "=ilike") else None
        if found is None:
            raise self._refusal_of_parts()
        return SQL("%s IN (%s)", SQL.identifier(alias, field.name, to_flush=field), found)

    @api.model
    def _refusal_of_parts(self):
        return UserError(
            self.env._("Phone numbers are sealed: search by the whole number, or by its last four digits.")
        )

    @api.model
    def _tokens_like(self, value):
        """Return a subselect of the tokens that a person may mean by `value`, or None if it is no number."""
        text = phone.clean(str(value or "").replace("%", ""))
        if not text or not re.fullmatch(r"[\d\s()+./#-]*", text):
            return None
        ring = self._keyring()
        digits = re.sub(r"\D", "", text)
        if len(digits) == 4 and "+" not in text:
            return SQL("SELECT token FROM phone_vault WHERE suffix = %s", vault.suffix(ring, digits))
        regions = self._own_regions() if phone.needs_region(text) else [None]
        numbers = set(filter(None, (phone.to_e164(text, region) for region in regions)))
        if not numbers and (number := phone.to_e164("+" + digits)):
            numbers.add(number)
        if not numbers and len(digits) < SHORTEST:
            return None
        # Of a customer elsewhere the spelling in which it was written is found, whatever country that was.
        return SQL(
            "SELECT token FROM phone_vault WHERE number_digest = ANY(%s) OR token = %s",
            [vault.digest(ring, number) for number in sorted(numbers)],
            self._token(text),
        )

    @api.model
    def _own_regions(self):
        """Return the two-letter countries where a number without a prefix may be: the company's, then its sisters'."""
        own = self.env.company.country_id.code
        sisters_sudo = self.env["res.company"].sudo().search([("active", "=", True)])  # sudo: where they are, no more
        return list(dict.fromkeys((own, *sisters_sudo.country_id.mapped("code"))))

    @api.model
    def _search_domain(self, model, fnames, value):
        """Return the domain of records of `model` whose number in one of `fnames` a person may mean by `value`."""
        return Domain.OR(Domain(fname, "ilike", value) for fname in fnames)
