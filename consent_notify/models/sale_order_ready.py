from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Words of templates, as those of dates: see `update_due_words`.
    update_ready_words = fields.Char(compute="_compute_update_ready_words", compute_sudo=True)

    @api.depends("company_id.collect_hours")
    @api.depends_context("lang")
    def _compute_update_ready_words(self):
        for order in self:
            if hours := order.company_id.collect_hours:
                order.update_ready_words = self.env._(" is ready to collect, %(hours)s", hours=hours)
            else:
                order.update_ready_words = self.env._(" is ready to collect")

    @api.model
    def mail_allowed_qweb_expressions(self):
        return (*super().mail_allowed_qweb_expressions(), "object.update_ready_words")
