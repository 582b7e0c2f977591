from odoo import api, models
from odoo.tools import split_every

BATCH = 1_000


class ConsentEvent(models.Model):
    """What customers said before anybody kept a log of it: it becomes events that name their origin."""

    _inherit = "consent.event"

    @api.model
    def _take_over_sudo(self):
        """Turn the phone blacklist and the opt-outs of mailings into events. Done twice, it changes nothing.

        Later opt-outs of mailings are left alone: who stops e-mails has said nothing about texts they agreed to since.
        """
        blacklist_sudo = self.env["phone.blacklist"].sudo().search([("active", "=", True)])
        for ids in split_every(BATCH, blacklist_sudo.ids):
            blacklist_sudo.browse(ids)._withdraw_listed_sudo()
        partners_sudo = (
            self.env["res.partner"]
            .sudo()
            .search([("email_normalized", "in", self._opted_out_sudo()), ("phone", "!=", False)])
        )
        withdrawable = self.env["consent.purpose"]._withdrawable_sudo()
        marketing = withdrawable.filtered(lambda purpose: purpose.purpose_class == "marketing")
        for ids in split_every(BATCH, partners_sudo.ids):
            found = self.env["consent.subject"]._present_digests_sudo(ids)
            self._withdraw_subjects_everywhere_sudo(found, set(), marketing, "mailing")
        for digests in split_every(BATCH, self._opted_out_digests_sudo()):
            self._withdraw_digests_sudo(digests, "mailing", marketing)

    @api.model
    def _opted_out_sudo(self):
        """Return the e-mail addresses that take no offers: on the list of exclusions, or off every mailing list."""
        emails = set(self.env["mail.blacklist"].sudo().search([("active", "=", True)]).mapped("email"))
        if contacts_sudo := self._opted_out_contacts_sudo():
            emails |= set(contacts_sudo.mapped("email_normalized"))
        return list(emails - {False})

    @api.model
    def _opted_out_digests_sudo(self):
        """Return the digests of the numbers that SMS mailings know and that are off every mailing list."""
        contacts_sudo = self._opted_out_contacts_sudo()
        if not contacts_sudo or "phone_sanitized" not in contacts_sudo._fields:
            return []
        numbers = set(contacts_sudo.mapped("phone_sanitized")) - {False}
        return [*filter(None, map(self.env["phone.vault"]._digest, numbers))]

    @api.model
    def _opted_out_contacts_sudo(self):
        """Return the mailing contacts that left a list and are on no other, or None without the app."""
        if "mailing.subscription" not in self.env:
            return None
        lists = self.env["mailing.subscription"].sudo()
        opted_out = lists.search([("opt_out", "=", True)]).contact_id
        return opted_out - lists.search([("opt_out", "=", False), ("contact_id", "in", opted_out.ids)]).contact_id

    @api.model
    def _withdraw_digests_sudo(self, digests, source, purposes=None):
        """Take back everything (or these purposes) that was agreed to for these numbers, before every company, and note
        it for those who have the number but never answered."""
        if not digests:
            return self.browse()
        bearers = self.env["consent.subject"]._bearers_sudo(digests)
        found = {partner: digest for digest, partners in bearers.items() for partner in partners}
        if purposes is None:
            purposes = self.env["consent.purpose"]._withdrawable_sudo()
        return self._withdraw_subjects_everywhere_sudo(found, set(digests), purposes, source)

    @api.model
    def _withdraw_subjects_everywhere_sudo(self, found, digests, purposes, source):
        """Withdraw for `found` ({partner id: number digest}) and for whoever else gave a number of `digests`."""
        subjects_sudo = self.env["consent.subject"].sudo().search([("number_digest", "in", list(digests))])
        partners_sudo = self.env["res.partner"].sudo().browse(found)
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            own = partners_sudo.filtered(lambda p, c=company: not p.company_id or p.company_id == c)
            made = self.env["consent.subject"]._find_or_make_many_sudo({p.id: found[p.id] for p in own}, company)
            subjects_sudo = subjects_sudo.union(*made.values())
        return self._withdraw_subjects_sudo(subjects_sudo, purposes, source, actor=f"user:{self.env.uid}")
