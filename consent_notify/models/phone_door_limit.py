from datetime import timedelta

from psycopg2.errors import ReadOnlySqlTransaction

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

# Numbers that one user may open within an hour, by the doors that are counted together. The system parameters
# `consent_notify.shown_an_hour` and `consent_notify.printed_an_hour` say otherwise.
LIMITS = {"shown": (("show", "call"), 20), "printed": (("print",), 200)}
LOCK = 0x70686F6E  # the first half of our advisory locks; the second is the user


class PhoneDoor(models.AbstractModel):
    """How many numbers one person may open within an hour: enough for the work, too few to carry the shop's away."""

    _inherit = "phone.door"

    @api.model
    def _record_limited_sudo(self, door, what="shown", **values):
        """Write a row of the access log for good before its number leaves; a request that fails later counts as well.

        :param what: a key of `LIMITS`
        :raises UserError: if this user has opened as many as they may within the hour
        """
        if not request:
            self._assert_seldom(what)
            self.env["phone.access"]._record_sudo(door, **values)
            return
        if self.env.cr.readonly:
            # A print may begin with such a cursor: the request starts anew with one that writes.
            raise ReadOnlySqlTransaction("A look at a number is written down, which this cursor does not do.")
        with self.env.registry.cursor() as cr:
            door_model = api.Environment(cr, self.env.uid, dict(self.env.context))["phone.door"]
            # Requests of one user take turns: else many at once would all count the same rows. The lock is the
            # session's, so that the transaction that counts begins when it is held.
            cr.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, self.env.uid])
            cr.commit()  # pylint: disable=invalid-commit
            try:
                door_model._assert_seldom(what)
                door_model.env["phone.access"]._record_sudo(door, **values)
                door_model.env.flush_all()
                cr.commit()  # pylint: disable=invalid-commit
            finally:
                cr.rollback()
                cr.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, self.env.uid])

    @api.model
    def _assert_seldom(self, what):
        """Refuse a user who has opened as many numbers as they may within the hour.

        :param what: a key of `LIMITS`
        """
        doors, limit = LIMITS[what]
        # sudo: how many is a setting that everybody is held to
        text = self.env["ir.config_parameter"].sudo().get_param(f"consent_notify.{what}_an_hour", "")
        limit = int(text) if text.strip().isdecimal() else limit
        self.env["phone.access"].flush_model()
        # In SQL: only managers read the log.
        self.env.cr.execute(
            "SELECT COALESCE(sum(count), 0) FROM phone_access WHERE user_ref = %s AND door = ANY(%s) AND time > %s",
            [self.env.uid, list(doors), fields.Datetime.now() - timedelta(hours=1)],
        )
        if self.env.cr.fetchone()[0] >= limit:
            raise UserError(
                self.env._("You have opened many numbers within the hour: wait a while, or ask an administrator.")
            )
