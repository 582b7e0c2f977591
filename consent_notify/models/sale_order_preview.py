from odoo import api, fields, models

from ..tools.segments import measure
from .sale_order_hours import Forecast

# As long as a code: the true one is made when the text leaves.
CODE = "···········"
NO_FORECAST = Forecast(None, False, False)


class SaleOrder(models.Model):
    """What the customer would read and whether they would, before anybody presses the button."""

    _inherit = "sale.order"

    preview_words = fields.Text("The Customer Will Read", compute="_compute_preview", compute_sudo=True)
    preview_size = fields.Char("Billed as", compute="_compute_preview", compute_sudo=True)
    preview_when = fields.Char("It Goes", compute="_compute_preview", compute_sudo=True)
    preview_refusal = fields.Char("It Would Not Be Sent", compute="_compute_preview", compute_sudo=True)

    @api.depends("partner_id", "company_id", "commitment_date", "update_ids.state")
    @api.depends_context("lang", "preview_stage", "update_due_on")
    def _compute_preview(self):
        code = self.env.context.get("preview_stage") or "ready"
        for company, orders in self.grouped("company_id").items():
            stage = self.env["order.update.stage"]._for(company, code)
            orders._preview(stage)

    def _preview(self, stage):
        """Fill in the preview of one stage for orders of one company."""
        template = stage.template_id if stage.is_on else stage.template_id.browse()
        words = template._render_field("body", self.ids, compute_lang=True) if template and self.ids else {}
        forecasts = self._when_they_will_go_sudo(stage.code, template.purpose_id) if self.ids else {}
        for order in self:
            text = words.get(order.id, "").replace("[link]", order._link_of_length())
            order.preview_words = text
            order.preview_size = order._size_words(text)
            forecast = forecasts.get(order.id, NO_FORECAST)
            order.preview_when = forecast.moment and forecast.words
            off = not text and self.env._("The stage “%(stage)s” is off: nobody is told.", stage=stage.name or "")
            order.preview_refusal = off or forecast.refusal

    def _link_of_length(self):
        """Return a link as long as the true one; it opens nothing."""
        return f"{self.env['consent.link']._host(self)}/u/{CODE}"

    @api.model
    def _size_words(self, text):
        """Say in words what a text costs."""
        places, segments = measure(text.replace(CODE, "x" * len(CODE)))
        return text and self.env._(
            "%(places)s characters, billed as %(segments)s SMS", places=places, segments=segments
        )

    # ------------------------------------------------------------ buttons

    def action_preview_ready(self):
        """Show what the customer would read if the order were ready, and when; "Ready" stays one more click."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(order)s is ready?", order=self.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("consent_notify.sale_order_view_form_preview").id, "form")],
            "target": "new",
            "context": {"preview_stage": "ready"},
        }

    def action_write_sms(self):
        """Open a text about this one order: a question, or a word that no stage has."""
        self.ensure_one()
        start = self.env._(
            "%(shop)s, order %(order)s:", shop=self.sudo().company_id.name, order=self.name
        )  # sudo: the shop's own name
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write to the customer"),
            "res_model": "sms.composer",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_body": f"{start}  [link]",
            },
        }
