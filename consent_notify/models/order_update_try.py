import logging

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class OrderUpdate(models.Model):
    """An order goes on whatever is wrong with its text: a confirmation, a payment or a transfer never fails for it."""

    _inherit = "order.update"

    def _try_to_send_sudo(self):
        """Do as `_send_sudo`; where that is not possible, this update has failed, and somebody gets to know."""
        self.env.cr.flush()  # what is wrong with the order itself is no failure of its text
        try:
            with self.env.cr.savepoint():
                self._send_sudo()
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
            raise  # somebody was in the way: the whole is tried again
        except Exception as error:
            # Its words may hold a number.
            _logger.error("The text of an order update could not be made: %s.", type(error).__name__)
            self._fail_sudo(self._why_not_made_sudo())

    def _why_not_made_sudo(self):
        partner = self.env["res.partner"].sudo().browse(self.order_id.sudo().partner_id.id)  # sudo: as the dispatcher
        try:
            partner.mapped("phone")  # opens all that the contact has
        except UserError:
            return "number_unreadable"
        return "no_words"

    def _fail_sudo(self, reason):
        self.sudo().write({"state": "failed", "reason": reason, "failed_at": fields.Datetime.now()})
        self._wake_todo_sudo()
