from odoo import api, models
from odoo.tools import format_date

STATES = {None: "unasked", "granted": "yes", "shown": "told", "refused": "no"}


class ConsentStatus(models.Model):
    """The answers in small: what each number on a form may be used for, beside the number itself."""

    _inherit = "consent.status"

    @api.model
    def _badges(self, pairs):
        """Return {(partner id, company id): badges} in a constant number of queries.

        A badge is {"code", "name", "state", "words", "title"}: one for each purpose that customers answer for, about
        the number that stands on the contact now. Whoever may not read a customer's answers gets no badges, rather
        than the word that nobody asked.
        """
        pairs = set(pairs)
        purposes = self.env["consent.purpose"].search([("purpose_class", "!=", "service")])
        domain = [
            ("partner_id", "in", [partner_id for partner_id, _company in pairs]),
            ("company_id", "in", [company_id for _partner, company_id in pairs]),
            ("is_current", "=", True),
            ("purpose_id", "in", purposes.ids),
        ]
        statuses_sudo = self.sudo().search(domain)  # sudo: only to know that there is something one may not see
        readable = self.search(domain)
        hidden = {(status.partner_id.id, status.company_id.id) for status in statuses_sudo - readable}
        # In the order of ids: of two subjects with one number, the latest answer is the one that counts.
        found = {(s.partner_id.id, s.company_id.id, s.purpose_id.id): s for s in readable.sorted("id")}

        def badges(partner, company):
            if (partner, company) in hidden:
                return []
            return [found.get((partner, company, each.id), self.browse())._badge(each) for each in purposes]

        return {pair: badges(*pair) for pair in pairs}

    def _badge(self, purpose):
        state = self._held() or STATES.get(self.kind or None, self.kind)
        words = {
            "yes": self.env._("yes"),
            "told": self.env._("told, by contract"),
            "code": self.env._("yes, but waits for the code"),
            "minor": self.env._("yes, but under age"),
            "no": self.env._("no"),
            "withdrawn": self.env._("taken back"),
            "expired": self.env._("has run out"),
            "unasked": self.env._("nobody asked"),
        }[state]
        parts = [f"{purpose.name}: {words}"]
        if self:
            sources = dict(self._fields["source"]._description_selection(self.env))
            day = format_date(self.env, self.time)
            parts += [self.env._("since %(day)s", day=day), sources[self.source], self.order_name]
        return {
            "code": purpose.code,
            "name": purpose.name,
            "state": state,
            "words": words,
            "title": ", ".join(filter(None, parts)),
        }
