from odoo import api, fields, models

ORDER = "sale.order"


class IrActionsServer(models.Model):
    """The kind “Send Order Update”: whoever may write automations wires a stage to any document of an order."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("order_update", "Send Order Update"), ("followers",)], ondelete={"order_update": "cascade"}
    )
    order_stage_id = fields.Many2one(
        "order.update.stage",
        "Stage",
        ondelete="restrict",
        index="btree_not_null",
        help="The order moves to this stage. The customer is told if the stage is on and they agreed to texts.",
    )
    # Told beside the field and not as a warning: an action with warnings refuses to run, and no order would be
    # confirmed any more.
    order_stage_is_on = fields.Boolean(related="order_stage_id.is_on")

    @api.depends("state")
    def _compute_available_model_ids(self):
        ours = self.filtered(lambda action: action.state == "order_update")
        if ours:
            models_sudo = self.env["ir.model"].sudo()  # sudo: names of models, for a list to choose from
            ours.available_model_ids = models_sudo.search([("transient", "=", False)]).filtered(
                lambda model: self._path_to_order(model.model)
            )
        return super(IrActionsServer, self - ours)._compute_available_model_ids()

    @api.model
    def _path_to_order(self, model_name):
        """Return the field that leads from a document to its order ("" for the order itself), None if none does."""
        if model_name == ORDER:
            return ""
        model = self.env.get(model_name)
        if model is None or model._abstract or model._transient:
            return None
        paths = [
            name
            for name, field in model._fields.items()
            if field.type == "many2one" and field.comodel_name == ORDER and field.store
        ]
        # A document may know a second order, such as the one it replaces: the usual names first.
        return min(paths, key=lambda name: (name not in ("sale_id", "order_id", "sale_order_id"), name), default=None)

    def _name_depends(self):
        return [*super()._name_depends(), "order_stage_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "order_update" and self.order_stage_id:
            return self.env._("Move the order to “%(stage)s”", stage=self.order_stage_id.name)
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        return [*super()._warning_depends(), "state", "model_id"]

    def _get_warning_messages(self):
        warnings = super()._get_warning_messages()
        if self.state == "order_update" and self.model_id and self._path_to_order(self.model_id.model) is None:
            warnings.append(self.env._("This kind of document belongs to no order: choose another model."))
        return warnings

    def _run_action_order_update_multi(self, eval_context=None):
        """Move the orders of these records to the action's stage; nobody's quotation is at one."""
        records = eval_context.get("records") or eval_context.get("record")
        if not self.order_stage_id or not records:
            return False
        path = self._path_to_order(records._name)
        if path is None:
            return False
        orders = (records[path] if path else records).sudo()  # sudo: who ships an order may not edit it
        orders.filtered(lambda order: order.state in ("sale", "cancel"))._move_to_update_stage(self.order_stage_id.code)
        return False
