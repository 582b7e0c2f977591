from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.vault import digest as digest_of


class ResPartner(models.Model):
    _inherit = "res.partner"

    phone = fields.Char(sealed=True)

    # What an update left without its sanitised number is found at every start without reading all contacts.
    _consent_unsanitised_idx = models.Index("(phone) WHERE phone IS NOT NULL AND phone_sanitized IS NULL")

    def _masked_phone(self):
        """Return what a page may show of this contact's number: a mask, or nothing."""
        return self.env["phone.vault"]._mask(self.phone) if self and self.phone else ""

    def _ours(self, former=False):
        """Return those that are a company of ours or a colleague: their numbers are shown to customers on purpose.

        :param former: also colleagues whose account is archived
        """
        contacts_sudo = self.sudo().with_context(active_test=not former)  # sudo: only whose contacts they are
        ours = contacts_sudo.filtered(
            lambda contact: contact.ref_company_ids or any(not user.share for user in contact.user_ids)
        )
        return self.browse(ours.ids)

    @api.model
    def _ours_sql(self, alias, former=False):
        """Return the condition for `_ours` on the table res_partner under this alias."""
        return SQL(
            "EXISTS (SELECT FROM res_users u WHERE u.partner_id = %(partner)s AND u.share IS NOT TRUE %(active)s)"
            " OR EXISTS (SELECT FROM res_company c WHERE c.partner_id = %(partner)s)",
            partner=SQL.identifier(alias, "id"),
            active=SQL() if former else SQL("AND u.active"),
        )

    @api.model
    def _is_customers_sudo(self, text, record):
        """Tell whether the number in `text`, as written on `record`, also stands on a contact that is none of ours."""
        vault = self.env["phone.vault"]
        known = vault._state().setdefault("customers", {})
        if text not in known:
            e164 = vault._e164_of(record, text)
            digest = e164 and digest_of(vault._keyring(), e164)
            # In SQL: the search is the server's own, and no look-up of the user's.
            self.flush_model(["phone", "phone_sanitized"])
            tokens = SQL("SELECT token FROM phone_vault WHERE number_digest = %s", digest)
            self.env.cr.execute(
                SQL(
                    "SELECT 1 FROM res_partner p WHERE (p.phone IN (%(tokens)s) OR p.phone_sanitized IN (%(tokens)s))"
                    " AND NOT (%(ours)s) LIMIT 1",
                    tokens=tokens,
                    ours=self._ours_sql("p", former=True),
                )
            )
            known[text] = bool(digest) and bool(self.env.cr.fetchone())
        return known[text]

    def _build_vcard(self):
        """A card is a file that travels: it goes without the number, which an officer can be shown."""
        vcard = super()._build_vcard()
        if vcard and "tel" in vcard.contents:
            del vcard.contents["tel"]
        return vcard
