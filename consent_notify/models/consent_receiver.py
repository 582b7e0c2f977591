from odoo import fields, models


class ConsentReceiver(models.AbstractModel):
    """Who is given customers' numbers to do a work of their own: a payment provider, a courier."""

    _name = "consent.receiver"
    _description = "Receiver of Numbers"

    _processor_kind = None  # as `consent.processor` tells them apart

    consent_processor_id = fields.Many2one(
        "consent.processor",
        "Data-Processing Agreement",
        domain=lambda self: [("kind", "=", self._processor_kind)],
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Without one in force they get no numbers, and customers are not asked for any on their account.",
    )
