from odoo import api, fields, models


class OrderUpdateStage(models.Model):
    """A moment in an order's life that a customer may care about, and the words for it."""

    _name = "order.update.stage"
    _description = "Order Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="What automated actions and buttons know this stage by.")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company without one of its own.")
    active = fields.Boolean(default=True)
    is_on = fields.Boolean("Text the Customer", default=True)
    fold = fields.Boolean("Folded on the Board")
    template_id = fields.Many2one(
        "sms.template", "SMS Template", domain="[('model', '=', 'sale.order')]", ondelete="restrict"
    )
    body = fields.Char("Words", related="template_id.body", readonly=False)

    _code_company = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Each company has a stage once: change the one that is there."
    )

    @api.model
    def _for(self, company, code):
        """Return the stage `code` of a company: its own, else the shared one, else an empty recordset."""
        stages = self.search([("code", "=", code), ("company_id", "in", (False, company.id))])
        return stages.filtered("company_id") or stages
