from odoo import api, fields, models
from odoo.exceptions import UserError

CLOSED = ("done", "cancel")


class StockPicking(models.Model):
    """What a transfer says about its order: ready at the pickup point, on its way, or handed over."""

    _inherit = "stock.picking"

    collect_ready_at = fields.Datetime(
        "Ready to Collect Since", readonly=True, copy=False, help="The customer is told once for each transfer."
    )
    is_collected = fields.Boolean(compute="_compute_is_collected", help="The customer comes for it.")

    @api.depends("sale_id.carrier_id", "picking_type_code")
    def _compute_is_collected(self):
        for picking in self:
            order_sudo = picking.sale_id.sudo()  # sudo: who packs may not read orders
            picking.is_collected = (
                picking.picking_type_code == "outgoing" and order_sudo.carrier_id.delivery_type == "in_store"
            )

    # ------------------------------------------------------------ ready at the pickup point

    def action_ready_to_collect(self):
        """Tell that these transfers stand at the pickup point, once for each."""
        self.check_access("write")
        if any(not picking.is_collected or picking.state in ("draft", *CLOSED) for picking in self):
            raise UserError(self.env._("Only a transfer that waits for its customer can be ready to collect."))
        self._ready_to_collect()

    def _ready_when_brought(self):
        """Take as ready what an earlier transfer has brought here.

        A reservation alone puts nothing on the counter: it comes and goes with other orders, and in a shop that packs
        in one step it is there the moment the order is confirmed. There, a person says that it is packed.
        """
        self.filtered(lambda picking: picking.is_collected and picking._is_brought())._ready_to_collect()

    def _is_brought(self):
        moves = self.move_ids.filtered(lambda move: move.state != "cancel")
        return bool(moves) and all(
            move.move_orig_ids and all(origin.state in CLOSED for origin in move.move_orig_ids) for move in moves
        )

    def _ready_to_collect(self):
        for picking in self.filtered(lambda picking: not picking.collect_ready_at):
            order_sudo = picking.sale_id.sudo()  # sudo: who packs may not edit the order
            if order_sudo.state != "sale" or order_sudo.update_stage_code in ("delivered", "cancelled"):
                continue
            picking.collect_ready_at = fields.Datetime.now()
            before = order_sudo.update_ids
            if order_sudo.update_stage_code != "ready":
                order_sudo._move_to_update_stage("ready")
            is_told = order_sudo.update_ids - before  # by the automated action on the stage, just now
            if not is_told and (order_sudo.picking_ids - picking).filtered("collect_ready_at"):
                # The rest of an order whose first part stands there already is news of its own.
                order_sudo._tell_update_stage(again=True)

    # ------------------------------------------------------------ out of the house

    def _move_orders_out(self):
        """Move the orders of validated transfers; one that has more to come waits for its last transfer."""
        for picking in self:
            order_sudo = picking.sale_id.sudo()  # sudo: who ships may not edit the order
            is_open = order_sudo.state == "sale" and order_sudo.update_stage_code not in ("delivered", "cancelled")
            if is_open and picking._is_last_out():
                order_sudo._move_to_update_stage(picking._stage_code_out())

    def _is_last_out(self):
        """Tell whether nothing else of the order is still to leave."""
        others_sudo = self.sale_id.sudo().picking_ids - self  # sudo: as above
        return (
            bool(self.sale_id)
            and self.picking_type_code == "outgoing"
            and all(other.picking_type_code != "outgoing" or other.state in CLOSED for other in others_sudo)
        )

    def _stage_code_out(self):
        """Return the stage that a validated transfer means. What waited at the counter was handed over there."""
        order_sudo = self.sale_id.sudo()  # sudo: as above
        handed = order_sudo.carrier_id.hands_over or order_sudo.update_stage_code in ("ready", "delivered")
        return "delivered" if handed or self.is_collected else "dispatched"

    # ------------------------------------------------------------ the core's own text

    def _message_sms_with_template(self, template=False, **kwargs):
        """Leave out the text of `stock_sms` where the order's stage tells the same: one piece of news, one text.

        Where no stage does, it goes out as it always did, past the gate, with the purpose of order updates.
        """
        company_sudo = self.company_id.sudo()  # sudo: a setting and a stage, of whoever ships
        field = "stock_sms_confirmation_template_id"
        if template and field in company_sudo._fields and template == company_sudo[field] and self._is_last_out():
            stage_sudo = self.env["order.update.stage"].sudo()._for(company_sudo, self._stage_code_out())
            if stage_sudo.is_on and stage_sudo.template_id:
                return self.env["mail.message"]
        return super()._message_sms_with_template(template=template, **kwargs)
