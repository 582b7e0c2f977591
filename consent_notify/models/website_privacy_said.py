from odoo import fields, models


class Website(models.Model):
    """What a customer told the shop by replying to a text, or behind the link in one."""

    _inherit = "website"

    def _privacy_said_sudo(self, contacts):
        """Return [{time, where, said, order}] of these contacts, latest first; `where` is "reply", "answer" or "link".

        Queries: constant.
        """
        said = [
            *self._privacy_replies_sudo(contacts),
            *self._privacy_link_answers_sudo(contacts),
            *self._privacy_link_uses_sudo(contacts),
        ]
        return sorted(said, key=lambda one: one["time"], reverse=True)

    def _privacy_places(self):
        """Return {source of an answer: where it was given}, in words that a customer has for it."""
        return {
            **dict(self.env["consent.event"]._fields["source"]._description_selection(self.env)),
            "portal": self.env._("Privacy page"),
            "counter": self.env._("In the shop"),
            "import": self.env._("Noted by the shop before"),
            "blacklist": self.env._("The shop's list of numbers that get no texts"),
            "mailing": self.env._("You left our e-mail list"),
        }

    def _privacy_replies_sudo(self, contacts):
        """Return the replies about these contacts' orders, and those of numbers that nobody else ever had here.

        A number is no proof of whose it is: it may be shared, or another's and typed into one's own profile.
        """
        own = set(self.env["consent.subject"]._present_digests_sudo(contacts.ids).values())
        own -= self._privacy_shared_sudo(own, contacts)
        about = fields.Domain("order_id.partner_id", "in", contacts.ids)
        about |= fields.Domain("order_id", "=", False) & fields.Domain("number_digest", "in", list(own))
        replies_sudo = self.env["consent.reply"].sudo().search(self._privacy_ours() & about)
        return [
            self._privacy_one("reply", reply, reply.time, "kind", order=reply.order_id.name) for reply in replies_sudo
        ]

    def _privacy_shared_sudo(self, digests, contacts):
        """Return those of `digests` that anybody but these contacts has now or had before any of our companies."""
        subjects_sudo = self.env["consent.subject"].sudo()
        others = [("number_digest", "in", list(digests)), ("partner_id", "not in", contacts.ids)]
        shared = set(subjects_sudo.search(others).mapped("number_digest"))
        bearers = subjects_sudo._bearers_sudo(digests) if digests else {}
        return shared | {digest for digest, holders in bearers.items() if {*holders} - {*contacts.ids}}

    def _privacy_link_answers_sudo(self, contacts):
        links = fields.Domain("link_id.company_id", "=", self.company_id.id)
        links &= fields.Domain("link_id.partner_id", "in", contacts.ids)
        return [
            self._privacy_one("answer", answer, answer.time, "kind", order=answer.link_id.order_id.name)
            for answer in self.env["consent.link.answer"].sudo().search(links)
        ]

    def _privacy_link_uses_sudo(self, contacts):
        used = fields.Domain("partner_id", "in", contacts.ids) & fields.Domain("used_at", "!=", False)
        return [
            self._privacy_one("link", link, link.used_at, "used_for", order=link.order_id.name)
            for link in self.env["consent.link"].sudo().search(self._privacy_ours() & used)
        ]

    def _privacy_ours(self):
        return fields.Domain("company_id", "=", self.company_id.id)

    def _privacy_one(self, where, record, time, name, order):
        words = dict(record._fields[name]._description_selection(self.env))
        return {
            "time": time,
            "where": where,
            "said": record[name],
            "words": words[record[name]],
            "order": order or None,
        }

    def _privacy_said_data_sudo(self, contacts):
        """Return the same for the file, oldest first."""
        return [
            {
                "time": self._iso(one["time"]),
                "where": {"reply": "reply by SMS"}.get(one["where"], "link in a text"),
                "said": one["said"],
                "order": one["order"],
            }
            for one in reversed(self._privacy_said_sudo(contacts))
        ]
