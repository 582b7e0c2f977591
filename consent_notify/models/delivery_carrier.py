from odoo import api, fields, models


class DeliveryCarrier(models.Model):
    _name = "delivery.carrier"
    _inherit = ["delivery.carrier", "consent.notice.source", "consent.receiver"]

    _processor_kind = "courier"
    _needs_field = "needs_phone"
    _told_fields = {"name", "active", "is_published", "website_published", "company_id", "needs_phone"}

    needs_phone = fields.Boolean(
        "Needs a Phone Number",
        help="Customers who choose this method are asked for a number on the delivery step, and only then.",
    )
    asks_phone = fields.Boolean(compute="_compute_asks_phone", compute_sudo=True)

    @api.depends("needs_phone", "consent_processor_id.state", "company_id")
    @api.depends_context("company")
    def _compute_asks_phone(self):
        for carrier in self:
            company = carrier.company_id or self.env.company
            carrier.asks_phone = carrier.needs_phone and carrier.consent_processor_id._is_in_force(company)

    def _number_for_sudo(self, partner, record):
        """Return the number (E.164, else as it was written) of `partner` for this courier, or "": the couriers' door.

        An app that hands an address to a courier asks here in place of `partner.phone`: there is a number only if the
        courier needs one and has an agreement in force, and the access log tells that it was given.

        :param partner: res.partner to whom it is brought
        :param record: what is brought: a sale.order, or what belongs to one by its `sale_id`, such as a transfer
        """
        self.ensure_one()
        record_sudo = record.sudo()  # sudo: who packs may not read orders
        order_sudo = record_sudo["sale_id"] if "sale_id" in record_sudo else record_sudo
        text = partner.sudo().phone  # sudo: of whatever company
        number = text and (self.env["phone.vault"]._e164_of(partner.sudo(), text) or text)
        return self._give_number_sudo(partner.id, number, record_sudo.company_id, order_ref=order_sudo.name or False)
