from datetime import timedelta

from odoo import api, fields, models

from .consent_processor import ACTIVITY

DAYS_TO_MEND = 7


class ConsentProcessor(models.Model):
    """The agreements watched: a to-do before one ends, and for whoever is in use without any."""

    _inherit = "consent.processor"

    @api.model
    def _watch_sudo(self):
        """Bring the states up to date, draft what is in use without an agreement, and remind managers. Daily."""
        processors = self.sudo()
        processors._draft_missing_sudo()
        processors = processors.search([("active", "=", True)])
        self.env.add_to_compute(self._fields["state"], processors)
        processors.flush_recordset(["state"])
        for processor in processors:
            processor._remind()

    @api.model
    def _draft_missing_sudo(self):
        """Make a record for each receiver of numbers that has none yet, so that managers see what to ask for."""
        drafts = self.browse()
        for company in self.env["res.company"].sudo().search([("sms_provider", "not in", (False, "sandbox"))]):
            known = self.with_context(active_test=False).search([("kind", "=", "sms")])._of_sms_provider(company)
            if not known.filtered(lambda one, company=company: not one.company_ids or company in one.company_ids):
                vals = {"kind": "sms", "sms_provider": company.sms_provider}
                if company.sms_provider == "http":
                    vals["sms_gateway_id"] = company.sms_gateway_id.id
                drafts += self._draft(company._sms_processor(), company, **vals)
        unsigned = [("consent_processor_id", "=", False)]
        payers = self.env["payment.provider"].sudo()
        for payer in payers.search([*unsigned, ("state", "=", "enabled"), ("consent_needs_phone", "=", True)]):
            payer.consent_processor_id = self._draft(payer.name, payer.company_id, kind="payment")
            drafts += payer.consent_processor_id
        carriers = self.env["delivery.carrier"].sudo()
        for carrier in carriers.search([*unsigned, ("is_published", "=", True), ("needs_phone", "=", True)]):
            carrier.consent_processor_id = self._draft(carrier.name, carrier.company_id, kind="courier")
            drafts += carrier.consent_processor_id
        return drafts

    @api.model
    def _draft(self, name, company, **vals):
        return self.create({"name": name, "company_ids": [fields.Command.set(company.ids)], **vals})

    @api.depends("kind", "sms_provider", "sms_gateway_id", "company_ids", "payment_provider_ids", "carrier_ids")
    def _compute_used_by(self):
        for processor in self:
            users = self.env["res.company"] if processor.kind != "sms" else processor._companies_in_use_sudo()
            receivers = [*users, *processor.payment_provider_ids, *processor.carrier_ids]
            processor.used_by = ", ".join(receiver.name for receiver in receivers)

    def _companies_in_use_sudo(self):
        """Return the companies that give numbers to this processor."""
        companies = self.company_ids or self.env["res.company"].search([("active", "=", True)])
        if self.kind == "sms":
            return companies.filtered(lambda company: self._of_sms_provider(company))
        payers = self.payment_provider_ids.filtered(lambda p: p.state == "enabled" and p.consent_needs_phone)
        carriers = self.carrier_ids.filtered(lambda carrier: carrier.is_published and carrier.needs_phone)
        if any(not carrier.company_id for carrier in carriers):
            return companies
        return companies & (payers.company_id | carriers.company_id)

    def _remind(self):
        """Give a manager a to-do if this agreement is missing or about to end while numbers go there."""
        companies = self._companies_in_use_sudo() if self.state != "valid" else self.env["res.company"]
        if not companies:
            self.activity_unlink([ACTIVITY])
            return
        if self.activity_search([ACTIVITY]):
            return
        owner = companies[0]._consent_owner("group_manager")
        processor = self.with_context(lang=owner.lang)
        today = fields.Date.today()
        soon = today + timedelta(days=DAYS_TO_MEND)
        processor.activity_schedule(
            ACTIVITY,
            date_deadline=processor.valid_until if self.state == "expiring" else soon,
            summary=processor._what_to_do(),
            user_id=owner.id,
        )

    def _what_to_do(self):
        """Return what is wrong with this agreement and what it stops, in one sentence."""
        name = self.name
        if self.state == "expiring":
            return self.env._(
                "The agreement with %(name)s ends on %(date)s: renew it, or they get no numbers after that day.",
                name=name,
                date=self.valid_until,
            )
        if self.kind == "sms":
            return self.env._(
                "No text leaves by %(name)s: put the signed data-processing agreement on file.", name=name
            )
        return self.env._("%(name)s gets no numbers: put the signed data-processing agreement on file.", name=name)
