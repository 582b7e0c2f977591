from odoo import models


class Website(models.Model):
    """All that the shop holds of one customer and their number, for the customer to take along."""

    _inherit = "website"

    def _privacy_data_sudo(self, partner, phone_of):
        """Return a dict ready for JSON.

        :param phone_of: function of a contact that returns its number as this session may see it
        """
        sudo = partner.sudo().with_company(self.company_id)
        contacts = sudo._own_contacts()
        return {
            "shop": {"name": self.company_id.name, "email": self.company_id.email or None},
            "contacts": [self._privacy_contact_data(contact, phone_of(contact)) for contact in contacts],
            "preferred_hours": [sudo.sms_hour_from, sudo.sms_hour_to] if sudo.sms_hour_to else None,
            "answers": self._privacy_answers_data_sudo(contacts),
            "replies": self._privacy_said_data_sudo(contacts),
            "received_by": [
                {"name": name, "first": self._iso(first), "last": self._iso(last), "times": count}
                for name, first, last, count in self._privacy_receivers_sudo(partner)
            ],
            "orders": self._privacy_orders_data_sudo(contacts),
            "requests": self._privacy_requests_data_sudo(contacts),
        }

    def _iso(self, moment):
        return f"{moment.isoformat()}Z" if moment else None

    def _privacy_contact_data(self, contact, phone):
        names = ("name", "email", "street", "street2", "zip", "city", "vat", "lang", "type")
        return {
            **{name: contact[name] or None for name in names},
            "country": contact.country_id.code or None,
            "phone": phone or None,
        }

    def _privacy_answers_data_sudo(self, contacts):
        """Return every answer these contacts ever gave to this shop, with the words they saw, oldest first."""
        events_sudo = self.env["consent.event"].sudo()
        domain = [("partner_id", "in", contacts.ids), ("company_id", "=", self.company_id.id)]
        return [
            {
                "time": self._iso(event.time),
                "purpose": event.purpose_id.code,
                "answer": event.kind,
                "where": event.source,
                "order": event.order_name or None,
                "language": event.lang or None,
                "words": [words for words in (event.intro, event.label, event.details, event.text_id.document) if words]
                or None,
                "words_sha256": event.text_id.sha256 or None,
            }
            for event in events_sudo.search(domain, order="id")
        ]

    def _privacy_orders_data_sudo(self, contacts):
        orders_sudo = self.env["sale.order"].sudo()
        domain = [("partner_id", "in", contacts.ids), ("company_id", "=", self.company_id.id)]
        return [
            {
                "order": order.name,
                "date": self._iso(order.date_order),
                "texts": [
                    {"about": update.stage_id.code, "state": update.state, "sent": self._iso(update.sent_at)}
                    for update in order.update_ids.sorted("id")
                ],
            }
            for order in orders_sudo.search(domain, order="id")
        ]

    def _privacy_requests_data_sudo(self, contacts):
        domain = [("partner_id", "in", contacts.ids), ("company_id", "=", self.company_id.id)]
        return [
            {
                "wish": wish.kind,
                "asked": self._iso(wish.asked_at),
                "deadline": wish.deadline.isoformat(),
                "state": wish.state,
                "answer": wish.answer or None,
            }
            for wish in self.env["consent.request"].sudo().search(domain, order="id")
        ]
