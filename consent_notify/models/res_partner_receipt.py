from odoo import fields, models

SCHEMA = "ISO/IEC TS 27560:2023"
STATES = {
    "shown": "notice shown",
    "granted": "consent given",
    "confirmed": "consent confirmed",
    "refused": "consent refused",
    "withdrawn": "consent withdrawn",
    "expired": "consent expired",
}
RIGHTS = ("access", "rectification", "erasure", "restriction", "portability", "objection", "withdrawal", "complaint")


class ResPartner(models.Model):
    """The receipt: what was shown to somebody and what they answered, in the form of ISO/IEC TS 27560:2023."""

    _inherit = "res.partner"

    def action_consent_receipt(self):
        """Open this customer's receipt, to be printed or sent to them."""
        self.ensure_one()
        self.env["phone.door"]._assert_officer()
        # A plain page does not know which company was chosen in the corner of the screen.
        url = f"/consent_notify/receipt/{self.id}?company_id={self.env.company.id}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _consent_receipt_sudo(self, company):
        """Return this person's receipt from one company, as a dict that JSON can hold; no whole number is in it.

        What was answered about the person's own addresses is the person's answer too.

        Names of sections and fields are those of the specification; the caller has checked who may ask.
        """
        self.ensure_one()
        # sudo: events have no access for customers, whose own these are
        events_sudo = (
            self.env["consent.event"]
            .sudo()
            .search([("partner_id", "in", self._own_contacts().ids), ("company_id", "=", company.id)], order="id")
        )
        company_sudo = company.sudo()
        principal = self.env["phone.vault"]._mac("receipt", str(company.id), str(self.id))[:32]
        return {
            "receipt_metadata": {
                "schema_version": SCHEMA,
                "receipt_id": self.env["phone.vault"]._mac("receipt id", principal, str(events_sudo[-1:].id))[:32],
                "created": _iso(fields.Datetime.now()),
            },
            "record_header": {
                "schema_version": SCHEMA,
                "record_id": self.env["phone.vault"]._mac("record", principal)[:32],
                "pii_principal_id": principal,
            },
            "pii_processing": [self._processing(events_sudo, purpose) for purpose in events_sudo.purpose_id],
            "party_identification": [self._party(company_sudo), *self._recipients(company_sudo)],
            "events": [self._consent_event(event) for event in events_sudo],
        }

    def _processing(self, events_sudo, purpose_sudo):
        """Return the section about one purpose: the words of the latest notice, basis, term, rights."""
        mine = events_sudo.filtered(lambda event: event.purpose_id == purpose_sudo)
        latest = mine.filtered("text_id")[-1:]
        text = latest.text_id
        company_sudo = events_sudo.company_id[:1]
        return {
            "privacy_notice": {
                "notice_id": text.notice_id.id or None,
                "version": text.notice_id.version or None,
                "sha256": text.sha256 or None,
                "text": [part for part in (text.intro, text.label, text.details, text.document) if part],
            },
            "language": latest.lang or None,
            "purpose": purpose_sudo.name,
            "purpose_type": purpose_sudo.code,
            "lawful_basis": purpose_sudo.basis,
            "pii_information": [
                {
                    "pii_type": "telephone number",
                    "pii_attribute_id": mask,
                    "pii_optional": True,
                    "sensitive_pii_category": False,
                }
                for mask in self._masks_of(mine)
            ],
            "pii_controllers": [_party_id(company_sudo)],
            "collection_method": sorted(set(mine.mapped("source"))),
            "processing_method": f"contact by {purpose_sudo.channel}",
            "storage_locations": [company_sudo.country_id.code] if company_sudo.country_id else [],
            "retention_period": f"P{purpose_sudo.term_months}M",
            "recipient_third_parties": [party["party_id"] for party in self._recipients(company_sudo)],
            "withdrawal_method": [
                "/my/privacy",
                "the link in every text",
                *(["STOP in reply"] if company_sudo._takes_replies() else []),
                "a word to the shop",
            ],
            "privacy_rights": list(RIGHTS),
            "jurisdiction": text.notice_id.jurisdiction_id.code or company_sudo.country_id.code or None,
        }

    def _masks_of(self, events_sudo):
        """Return the masks of the numbers that these events' contacts have now, each once; [None] without any."""
        contacts = events_sudo.partner_id.sorted(lambda contact: (contact != self, contact.id))
        return [*dict.fromkeys(filter(None, (contact._masked_phone() for contact in contacts)))] or [None]

    def _receipt_labels(self):
        """Return what a page calls kinds, places and bases in the reader's language."""
        Event, Purpose = self.env["consent.event"], self.env["consent.purpose"]
        return {
            "kinds": {STATES[key]: name for key, name in Event._fields["kind"]._description_selection(self.env)},
            "sources": dict(Event._fields["source"]._description_selection(self.env)),
            "bases": dict(Purpose._fields["basis"]._description_selection(self.env)),
        }

    def _party(self, company_sudo):
        return {
            "party_id": _party_id(company_sudo),
            "party_name": company_sudo.name,
            "party_role": "PII controller",
            "party_address": " ".join((company_sudo.partner_id._display_address(without_company=True) or "").split()),
            "party_email": company_sudo.email or None,
            "party_phone": company_sudo.phone or None,
            "party_url": company_sudo.website or None,
        }

    def _recipients(self, company_sudo):
        """Return the parties that get the number today."""
        names = [] if company_sudo.sms_provider == "sandbox" else [company_sudo._sms_processor()]
        names += company_sudo._needs_phone_sudo()
        return [
            {"party_id": f"recipient-{place}", "party_name": name, "party_role": "recipient"}
            for place, name in enumerate(dict.fromkeys(names), 1)
        ]

    def _consent_event(self, event_sudo):
        return {
            "event_time": _iso(event_sudo.time),
            "event_type": "explicit" if event_sudo.purpose_id.basis == "consent" else "notice",
            "event_state": STATES[event_sudo.kind],
            "validity_duration": f"P{event_sudo.purpose_id.term_months}M" if event_sudo.kind == "granted" else None,
            "entity_id": "PII principal" if event_sudo.actor == "customer" else "PII controller",
            "purpose_type": event_sudo.purpose_id.code,
            "collection_method": event_sudo.source,
            "notice_sha256": event_sudo.text_id.sha256 or None,
            "order": event_sudo.order_name or None,
            "record": event_sudo.id,
        }


def _iso(time):
    return time.isoformat(timespec="seconds") + "Z"


def _party_id(company_sudo):
    return f"company-{company_sudo.id}"
