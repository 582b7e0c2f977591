import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class ConsentRequest(models.Model):
    """Erasing one customer's numbers, with the tools of retention."""

    _inherit = "consent.request"

    def action_erase(self):
        """Destroy the numbers of this customer everywhere, now. The answers they gave stay, without the number."""
        for wish in self:
            wish.check_access("write")
            self.env["phone.door"]._assert_second_factor()
            wish._close("done", wish._erase())

    def _erase(self):
        """Destroy the numbers and return what the customer is told."""
        retention_sudo = self.env["consent.retention"].sudo()  # sudo: numbers stand in columns of every app
        now, ids = fields.Datetime.now(), self.partner_id._own_contacts().ids
        self.env.flush_all()
        if retention_sudo._kept(ids, now):
            raise UserError(
                self.env._("This customer has an open order, or is more than a customer: finish that, then erase.")
            )
        if retention_sudo._lock(ids) != set(ids):
            raise UserError(self.env._("Somebody is working with this customer right now: try again in a minute."))
        numbers = self._numbers(ids)
        wanted = {(term.partner, term.digest) for term in self._elsewhere(retention_sudo._terms(ids))}
        doomed = [number for number in numbers if number not in wanted]
        if doomed:
            try:
                retention_sudo._blank(doomed)
                self.env["consent.text.count"]._forget_sudo({digest for _partner, digest in doomed})
                self.env["phone.vault"]._destroy_unused_sudo({digest for _partner, digest in doomed})
                self.env.flush_all()
            except psycopg2.errors.ForeignKeyViolation as error:
                raise UserError(self.env._("The number was used at this very moment: try again.")) from error
        # sudo: nobody has access to codes; who may erase was settled above
        self.env["consent.code"].sudo().search([("partner_id", "in", ids)]).unlink()
        self.env.invalidate_all()
        if len(doomed) < len(numbers):
            return self.env._("Erased, but for what you agreed to with another shop of ours.")
        return self.env._("Your number is erased.") if doomed else self.env._("There was no number any more.")

    def _numbers(self, ids):
        """Return the (partner id, number digest) pairs that these contacts bear, or answered for."""
        self.env.cr.execute(
            SQL(
                "SELECT p.id, v.number_digest FROM res_partner p JOIN phone_vault v ON v.token IN (p.phone,"
                " p.phone_sanitized) WHERE p.id = ANY(%(ids)s) AND v.number_digest IS NOT NULL"
                " UNION SELECT s.partner_id, s.number_digest FROM consent_subject s"
                " WHERE s.partner_id = ANY(%(ids)s) AND s.number_digest IS NOT NULL",
                ids=ids,
            )
        )
        # sudo: what still bears a number is the server's own question
        return self.env["consent.retention"].sudo()._borne(self.env.cr.fetchall())

    def _elsewhere(self, terms):
        """Return those of the terms that are a standing yes to another company."""
        # sudo: nobody has access to who is behind an event
        subjects_sudo = self.env["consent.subject"].sudo().browse(term.subject for term in terms)
        others = subjects_sudo.filtered(lambda subject: subject.company_id != self.company_id)
        return [term for term in terms if term.is_yes and term.subject in others.ids]
