from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools.sms_api import UNKNOWN
from .order_update import STATES, TOLD


class SaleOrder(models.Model):
    _inherit = "sale.order"

    update_stage_id = fields.Many2one(
        "order.update.stage",
        "Stage",
        copy=False,
        index="btree_not_null",
        tracking=True,
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', 'in', (False, company_id))]",
        group_expand="_group_expand_update_stage_id",
    )
    update_stage_code = fields.Char(related="update_stage_id.code")
    update_ids = fields.One2many("order.update", "order_id", "Order Updates")
    update_count = fields.Integer(compute="_compute_update_count")
    update_status = fields.Selection(
        STATES, "Told", compute="_compute_update_status", search="_search_update_status", compute_sudo=True
    )
    update_reason = fields.Char("Why Not", compute="_compute_update_status", compute_sudo=True)
    update_due = fields.Char("Promised For", compute="_compute_update_due", compute_sudo=True)
    # Words of templates: plain fields, so that whoever edits a template needs no programs in it.
    update_due_words = fields.Char(compute="_compute_update_due", compute_sudo=True)
    update_delay_words = fields.Char(compute="_compute_update_due", compute_sudo=True)

    @api.model
    def _group_expand_update_stage_id(self, stages, domain):
        companies = [False, *self.env.companies.ids]
        return (stages | stages.search([("company_id", "in", companies)])).sorted()

    @api.depends("update_ids")
    def _compute_update_count(self):
        counts = dict(self.env["order.update"]._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"]))
        for order in self:
            order.update_count = counts.get(order._origin, 0)

    @api.depends("update_stage_id", "update_ids.state", "update_ids.reason")
    def _compute_update_status(self):
        labels = dict(self.env["order.update"]._selection_reason())
        for order in self:
            latest = order._updates_of(order.update_stage_id)[:1]
            order.update_status = latest.state
            order.update_reason = labels.get(latest.reason) if latest.state not in TOLD else False

    @api.model
    def _search_update_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["order.update"].flush_model()
        self.flush_model(["update_stage_id"])
        latest = SQL(
            "SELECT o.id FROM sale_order o JOIN LATERAL (SELECT u.state FROM order_update u"
            " WHERE u.order_id = o.id AND u.stage_id = o.update_stage_id ORDER BY u.id DESC LIMIT 1) u ON TRUE"
        )
        known = [("id", "in", SQL("(%s WHERE u.state = ANY(%s))", latest, [state for state in value if state]))]
        if False in value:
            return ["|", *known, ("id", "not in", SQL("(%s)", latest))]
        return known

    @api.depends("commitment_date", "update_ids.due_date")
    @api.depends_context("lang", "update_due_on")
    def _compute_update_due(self):
        # Translators give the pattern that is short in their language and ends without a full stop.
        pattern = self.env._("d MMM")

        def short(date):
            return format_date(self.env, date, date_format=pattern)

        for order in self:
            due, before = order._due_date(), order._due_date_told()
            order.update_due = due and short(due)
            order.update_due_words = self.env._(", expected %(due)s", due=short(due)) if due else ""
            if due and before and before != due:
                words = self.env._(" is delayed to %(due)s (was %(before)s)", due=short(due), before=short(before))
            elif due:
                words = self.env._(" is delayed to %(due)s", due=short(due))
            else:
                words = self.env._(" is delayed")
            order.update_delay_words = words

    def _due_date(self):
        """Return the day that a person promised; what Odoo would expect by itself is no promise."""
        if tried := self.env.context.get("update_due_on"):  # a preview of another day
            return fields.Date.to_date(tried)
        moment = self.commitment_date
        here = self.with_context(tz=self.company_id._tz(self.env.user))
        return moment and fields.Datetime.context_timestamp(here, moment).date()

    def _due_date_told(self):
        """Return the date the customer knows: of the latest text that was not about the present one."""
        due = self._due_date()
        told = self.update_ids.filtered(lambda update: update.state in TOLD and update.due_date)
        return told.filtered(lambda update: update.due_date != due)[:1].due_date

    def _updates_of(self, stage):
        return self.update_ids.filtered(lambda update: update.stage_id == stage).sorted("id", reverse=True)

    @api.model
    def mail_allowed_qweb_expressions(self):
        ours = ("company_id.name", "partner_id.lang", "update_due", "update_due_words", "update_delay_words")
        return (*super().mail_allowed_qweb_expressions(), *(f"object.{name}" for name in ours))

    # ------------------------------------------------------------ buttons

    def action_mark_ready(self):
        """Move to "ready"; the customer is told if they agreed to that."""
        if any(order.state != "sale" for order in self):
            raise UserError(self.env._("Only a confirmed order can be ready: confirm it first."))
        self._move_to_update_stage("ready")

    def action_tell_again(self):
        """Try once more to tell the present stage, for example after the customer agreed."""
        self.check_access("write")
        if any(order._updates_of(order.update_stage_id)[:1].reason == UNKNOWN for order in self):
            raise UserError(
                self.env._("Nobody knows whether this text arrived: ask the customer rather than send it twice.")
            )
        self._tell_update_stage()

    def action_view_updates(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("consent_notify.order_update_action")
        return {**action, "domain": [("order_id", "in", self.ids)], "context": {}}
