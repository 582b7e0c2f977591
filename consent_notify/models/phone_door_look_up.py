from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ..tools import seal

VALUES_A_CALL = 5
CALLS_AN_HOUR = 60


class PhoneDoor(models.AbstractModel):
    """The door *look-up*: finding a record by a number tells that the number is known, so it is counted and logged.

    A mask leaves about 100,000 numbers to try; sixty questions an hour do not get far.
    """

    _inherit = "phone.door"

    @api.model
    def _count_asked(self, values, model):
        """Count a search for numbers that a request makes with its user's own rights.

        :param values: texts searched for; tokens and empty ones tell nothing and do not count
        :raises UserError: past five values in one call, or sixty calls in an hour
        """
        if not request or self.env.su:
            return
        asked = {str(value) for value in values if value and not seal.is_token(value)}
        state = self.env["phone.vault"]._state()
        before = state.setdefault("asked", set())
        new = asked - before
        if not new:
            return
        before |= new
        self._assert_few(len(before))
        self._assert_rarely()
        self.env["phone.access"]._record_sudo("look_up", model=model, count=len(new))

    @api.model
    def _assert_few(self, count):
        if count > VALUES_A_CALL:
            raise UserError(
                self.env._("Up to %(count)s numbers can be looked up at once: search again for the rest.", count=VALUES_A_CALL)
            )

    @api.model
    def _assert_rarely(self):
        # Counted in SQL: a search here would ask this very question again.
        self.env.cr.execute(
            "SELECT count(*) FROM phone_access WHERE user_id = %s AND door = 'look_up' AND time > %s",
            [self.env.uid, fields.Datetime.now() - timedelta(hours=1)],
        )
        if self.env.cr.fetchone()[0] >= CALLS_AN_HOUR:
            raise UserError(
                self.env._("You have looked up many numbers within the hour: wait a while, or search by name or order.")
            )
