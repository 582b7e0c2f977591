import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools.link import without_scheme
from ..tools.marks import SmsPurpose

VALID = timedelta(minutes=10)
DAY = timedelta(days=1)
# Texts a day: to one number, so that nobody is pestered; asked for from one network, so that nobody asks for all.
PER_NUMBER, PER_NETWORK = 5, 20
# In the queue, until the text is claimed; the code is made then and kept nowhere but on the handset.
PLACEHOLDER = "[code]"
DIGITS = 6


class ConsentCode(models.Model):
    """A code sent to a number: whoever types it holds the handset, so the number is theirs."""

    _name = "consent.code"
    _description = "Code for a Number"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    number_digest = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    network = fields.Char(readonly=True, groups=NO_ACCESS, help="A keyed hash of where it was asked for.")
    salt = fields.Char(readonly=True, groups=NO_ACCESS)
    code_hash = fields.Char(readonly=True, groups=NO_ACCESS)
    asked_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, index=True)
    expires = fields.Datetime(readonly=True)
    tries = fields.Integer(readonly=True)
    used_at = fields.Datetime(readonly=True)

    _number_idx = models.Index("(number_digest, asked_at)")
    _network_idx = models.Index("(network, asked_at) WHERE network IS NOT NULL")
    _partner_idx = models.Index("(partner_id, company_id)")

    # ------------------------------------------------------------ what stands

    @api.model
    def _confirmed_sudo(self, partners, company):
        """Return those of `partners` whose present number was confirmed before this company. Queries: constant."""
        subjects = self.env["consent.subject"]
        digests = {partner.id: subjects._digest_of(partner) for partner in partners.sudo()}
        self.env["consent.event"].flush_model()
        subjects.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT s.partner_id, s.number_digest FROM consent_subject s"
                " WHERE s.partner_id = ANY(%s) AND s.company_id = %s AND s.number_digest = ANY(%s)"
                " AND EXISTS (SELECT FROM consent_event e WHERE e.subject_ref = s.id AND e.kind = 'confirmed')",
                partners.ids,
                company.id,
                [digest for digest in digests.values() if digest],
            )
        )
        found = set(self.env.cr.fetchall())
        return partners.filtered(lambda partner: (partner.id, digests[partner.id]) in found)

    @api.model
    def _to_confirm_sudo(self, partners, company):
        """Return those of `partners` that agreed to texts of this company and have not confirmed their number yet."""
        if not company.sudo().consent_confirm or not partners:
            return partners.browse()
        agreed = self._agreed_sudo(partners, company).partner_id
        asked = partners.filtered(lambda partner: partner in agreed)
        return asked - self._confirmed_sudo(asked, company)

    @api.model
    def _agreed_sudo(self, partners, company):
        """Return the `consent.status` of every use by text that these partners agreed to for their present number."""
        return (
            self.env["consent.status"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "=", company.id),
                    ("is_current", "=", True),
                    ("kind", "in", ("granted", "shown")),
                    ("purpose_id.channel", "=", "sms"),
                ]
            )
        )

    # ------------------------------------------------------------ sending

    @api.model
    def _send_sudo(self, partners, company, address=None, user=None):
        """Send a code to each of `partners` that has something to confirm, within the caps; return the codes' rows.

        :param address: where it was asked for, of which only a keyed hash of its network is kept
        :param user: of the staff, who asked for it: counted in place of the network, which all of the staff share
        """
        subjects, codes_sudo = self.env["consent.subject"], self.sudo()  # sudo: codes are nobody's to read
        sent_sudo = codes_sudo.browse()
        digests = {partner: subjects._digest_of(partner.sudo()) for partner in self._to_confirm_sudo(partners, company)}
        digests = {partner: digest for partner, digest in digests.items() if digest}
        if not digests:
            return sent_sudo
        network = self.env["consent.link.try"]._hash(address, user=user) if address or user else False
        # Nobody counts while somebody else does: each would find room for one more.
        self.env["consent.code.turn"]._take_sudo({*digests.values(), network} - {False})
        for partner, digest in digests.items():
            if self._may_send_sudo(digest, network):
                values = {"partner_id": partner.id, "company_id": company.id, "number_digest": digest}
                code_sudo = codes_sudo.create({**values, "network": network})
                code_sudo._queue_sudo()
                sent_sudo += code_sudo
        return sent_sudo

    @api.model
    def _may_send_sudo(self, digest, network):
        """Tell whether one more code may go to this number, on the wish of this network."""
        codes_sudo, since = self.sudo(), fields.Datetime.now() - DAY
        of_number = codes_sudo.search([("number_digest", "=", digest), ("asked_at", ">", since)], limit=PER_NUMBER)
        if len(of_number) >= PER_NUMBER:
            return False
        # One that still waits in the queue will do: two codes on one handset only confuse.
        texts_sudo = self.env["sms.sms"].sudo()
        if texts_sudo.search_count([("code_id", "in", of_number.ids), ("state", "=", "outgoing")], limit=1):
            return False
        if not network:
            return True
        domain = [("network", "=", network), ("asked_at", ">", since)]
        return codes_sudo.search_count(domain, limit=PER_NETWORK) < PER_NETWORK

    @api.model
    def _is_on_its_way_sudo(self, partner, company):
        """Tell whether a code that was not used yet was sent to the partner's present number a moment ago."""
        # sudo: codes are nobody's to read; that one was sent is all that is told
        return bool(
            self.sudo().search_count(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", company.id),
                    ("number_digest", "=", self.env["consent.subject"]._digest_of(partner.sudo()) or ""),
                    ("asked_at", ">", fields.Datetime.now() - VALID),
                    ("used_at", "=", False),
                ],
                limit=1,
            )
        )

    def _queue_sudo(self):
        """Put the text into the queue, in the customer's language. What is queued does not hold the code."""
        self.ensure_one()
        partner = self.partner_id
        translated = self.with_context(lang=partner.lang or self.env.lang)
        body = translated.env._("Code %(code)s for %(host)s. Tell it to no one.", code=PLACEHOLDER, host=self._host())
        texts = self.env["sms.sms"].sudo().with_context(sms_purpose_code=SmsPurpose("service"))
        number = partner.phone_sanitized or partner.phone
        texts.create({"body": body, "number": number, "partner_id": partner.id, "code_id": self.id}).send()

    def _host(self):
        website = self.env["website"].search([("company_id", "=", self.company_id.id)], limit=1)
        return without_scheme((website or self.company_id).get_base_url())

    def _make_sudo(self):
        """Make the code of each of `self` now and return {id: code}. Called once, when the texts are claimed."""
        codes, expires = {}, fields.Datetime.now() + VALID
        for row in self:
            code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
            salt = secrets.token_hex(8)
            row.write({"salt": salt, "code_hash": row._hash(salt, code), "expires": expires})
            codes[row.id] = code
        return codes

    def _hash(self, salt, code):
        return self.env["phone.vault"]._mac("number code", salt, self.number_digest, code)

    def _is_stale(self):
        """Tell whether the text waited so long that nobody expects the code any more."""
        return self.asked_at <= fields.Datetime.now() - VALID

    @api.autovacuum
    def _gc_codes(self):
        old = self.search([("asked_at", "<=", fields.Datetime.now() - DAY)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
