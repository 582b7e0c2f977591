from datetime import timedelta

from odoo import api, fields, models

from ..tools.segments import measure

# As long as a live link on a short host of the shop.
LINK = "myshop.example/u/Ab3dE5fG7hK"


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
    delay_minutes = fields.Integer(
        "Wait (minutes)",
        default=0,
        help="So long the text waits, in case somebody moved the order by mistake: moved back in time, it is dropped.",
    )
    news_hours = fields.Integer(
        "No News after (hours)",
        default=72,
        help="A text that could not go for so long is dropped: it would only confuse.",
    )
    template_id = fields.Many2one(
        "sms.template", "SMS Template", domain="[('model', '=', 'sale.order')]", ondelete="restrict"
    )
    body = fields.Char("Words", related="template_id.body", readonly=False)

    example = fields.Char(compute="_compute_example", help="With the latest order and a link of usual length.")
    example_size = fields.Char(compute="_compute_example")

    _code_company = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Each company has a stage once: change the one that is there."
    )

    _term_possible = models.Constraint(
        "CHECK (delay_minutes >= 0 AND news_hours > 0)", "Write how long to wait, 0 or more, and how long it is news."
    )

    @api.depends("body")
    @api.depends_context("company", "lang")
    def _compute_example(self):
        order = self.env["sale.order"].sudo()  # sudo: its name and date only, which the words are about
        order = order.search([("company_id", "=", self.env.company.id), ("state", "=", "sale")], limit=1)
        render = self.env["sms.template"]
        for stage in self:
            stage.example = stage.example_size = False
            # Only plain placeholders: nobody has checked yet that this user may run others.
            if (
                order
                and stage.body
                and not render._has_unsafe_expression_template_inline_template(stage.body, order._name)
            ):
                text = render._render_template_inline_template_regex(stage.body, order._name, order.ids)[order.id]
                stage.example = text.replace("[link]", LINK)
                places, segments = measure(stage.example)
                stage.example_size = self.env._(
                    "%(places)s characters, billed as %(segments)s SMS", places=places, segments=segments
                )

    def _term(self):
        """Return when a text of this stage that is made now may go: values of `sms.sms`."""
        start = fields.Datetime.now() + timedelta(minutes=self.delay_minutes)
        term = {"send_until": start + timedelta(hours=self.news_hours)}
        return {**term, "send_after": start, "waits_for": "delay"} if self.delay_minutes else term

    @api.model
    def _for(self, company, code):
        """Return the stage `code` of a company: its own, else the shared one, else an empty recordset."""
        stages = self.search([("code", "=", code), ("company_id", "in", (False, company.id))])
        return stages.filtered("company_id") or stages
