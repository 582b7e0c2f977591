from odoo import api, fields, models

# Notices name who receives the number, and their words are cached.
TOLD = {"name", "active", "is_published", "website_published", "company_id", "needs_phone"}


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    needs_phone = fields.Boolean(
        "Needs a Phone Number",
        help="Customers who choose this method are asked for a number on the delivery step, and only then.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if TOLD & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
