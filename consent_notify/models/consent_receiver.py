from odoo import fields, models

from ..tools import phone


class ConsentReceiver(models.AbstractModel):
    """Who is given customers' numbers to do a work of their own: a payment provider, a courier."""

    _name = "consent.receiver"
    _description = "Receiver of Numbers"

    _processor_kind = None  # as `consent.processor` tells them apart
    _needs_field = None  # which field says that the work cannot be done without the number

    consent_processor_id = fields.Many2one(
        "consent.processor",
        "Data-Processing Agreement",
        domain=lambda self: [("kind", "=", self._processor_kind)],
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Without one in force they get no numbers, and customers are not asked for any on their account.",
    )

    def _give_number_sudo(self, partner_id, number, company=None, **values):
        """Return `number` (text) of a contact for this receiver, or "" if it needs none or has no agreement in force.

        What is given leaves a row in the access log, which names the processor.

        :param company: whose customer it is; where that is open, the receiver's own company, else the present one
        :param values: further columns of the row, such as `order_ref`
        """
        receiver_sudo = self.sudo()  # sudo: visitors pay, and who packs reads no agreements
        company = company or receiver_sudo.company_id or self.env.company
        is_allowed = receiver_sudo[self._needs_field] and receiver_sudo.consent_processor_id._is_in_force(company)
        if not number or not is_allowed:
            return ""
        self.env["phone.access"]._record_sudo(
            "provider",
            **values,
            company_id=company.id,
            model="res.partner",
            res_id=partner_id,
            processor=receiver_sudo.name,
            code=phone.handle_code(self.env["phone.vault"]._handle(number)),
        )
        return number
