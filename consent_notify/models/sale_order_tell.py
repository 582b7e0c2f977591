from odoo import models

from ..tools.sms_api import UNKNOWN
from .order_update import ARRIVED, TOLD

# Stages that lie on no order's straight way.
TURNS = {"delayed", "cancelled"}


class SaleOrder(models.Model):
    """An order moves to a stage, and its customer is told: what is news, and what they know already."""

    _inherit = "sale.order"

    def _move_to_update_stage(self, code):
        """Set the stage `code`; the automated action on the stage tells the customer."""
        for order in self:
            stage = self.env["order.update.stage"].sudo()._for(order.company_id, code)  # sudo: also for visitors
            if stage:
                order.update_stage_id = stage

    def _tell_update_stage(self, again=False):
        """Tell each customer the order's stage, once: unless it is off, has no words, or was told already.

        :param bool again: it happened once more, and is news although it was told
        """
        for order in self:
            stage = order.update_stage_id.sudo()  # sudo: also for visitors, whose payment confirms an order
            updates_sudo = order.sudo().update_ids
            is_news = again or not order._is_told() and not order._is_step_back()
            if stage.is_on and stage.template_id and is_news:
                updates_sudo._supersede_sudo()
                order._make_update_sudo()._try_to_send_sudo()
            else:
                updates_sudo.filtered(lambda update, now=stage: update.stage_id != now)._supersede_sudo("stale")

    def _tell_new_date(self):
        """Tell the customers of delayed orders a date that moved; who was tried with this date is not tried again."""
        for order in self:
            stage = order.update_stage_id.sudo()  # sudo: as above
            latest = order.sudo()._updates_of(stage)[:1]
            if stage.code != "delayed" or not latest or latest.due_date == order._due_date():
                continue
            if latest.state == "waiting" and order._due_date() == order._due_date_heard():
                latest._supersede_sudo("stale")  # moved back before the customer heard of it
            else:
                order._tell_update_stage()

    def _note_new_date(self):
        """Move orders to "delayed" whose customers heard of an earlier day.

        Who heard of none has nothing to unlearn; a text that still waits is written anew, as it says the old day.
        """
        for order in self:
            latest = order.sudo()._updates_of(order.sudo().update_stage_id)[:1]  # sudo: as above
            due, heard = order._due_date(), order._due_date_heard()
            if due and heard and due > heard:
                order._move_to_update_stage("delayed")
            elif latest.state == "waiting" and latest.due_date != due:
                order._tell_update_stage(again=True)

    def _due_date_heard(self):
        """Return the day of the latest text that reached the customer and said one."""
        heard = self.sudo().update_ids.filtered(lambda update: update.state in ARRIVED and update.due_date)
        return heard.sorted("id", reverse=True)[:1].due_date

    def _is_told(self):
        """Tell whether the customer knows this stage; a delay is news each time the date moves."""
        order_sudo = self.sudo()  # sudo: also for visitors, whose payment confirms an order
        told = order_sudo._updates_of(order_sudo.update_stage_id)[:1]
        # Of a text whose outcome nobody knows the customer may know: it is never said twice.
        if told.state not in TOLD and told.reason != UNKNOWN:
            return False
        since = order_sudo.update_ids.filtered(lambda update: update.id > told.id and update.state in ARRIVED).stage_id
        if since and {told.stage_id.code, *since.mapped("code")} & TURNS:
            return False  # a delay or a cancellation starts it all over
        return order_sudo.update_stage_id.code != "delayed" or told.due_date == self._due_date()

    def _is_step_back(self):
        """Tell whether the customer knows of a later stage: who heard "ready" is not told "being prepared".

        A delay or a cancellation starts it all over.
        """
        stage = self.update_stage_id
        for update in self.sudo().update_ids.sorted("id", reverse=True):  # sudo: as above
            if update.state not in ARRIVED:
                continue
            if {stage.code, update.stage_id.code} & TURNS:
                return False
            if update.stage_id.sequence > stage.sequence:
                return True
        return False

    def _make_update_sudo(self):
        updates = self.sudo()._updates_of(self.update_stage_id)
        return updates.create(
            {
                "order_id": self.id,
                "stage_id": self.update_stage_id.id,
                "occurrence": max(updates.mapped("occurrence"), default=0) + 1,
                "partner_id": self.partner_id.id,
                "due_date": self._due_date(),
            }
        )
