from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.service.server import thread_local

from ..tools import domains, seal
from ..tools.phone import NOT_DIGIT

VALUES_A_CALL = 5
CALLS_AN_HOUR = 60
# What comes by these need not stand in the request's parameters: every number that is searched for counts.
RAW_ROUTES = ("/json/",)


class PhoneDoor(models.AbstractModel):
    """The door *look-up*: finding a record by a number tells that the number is known, so it is counted and logged.

    A mask leaves about 100,000 numbers to try; sixty questions an hour do not get far.
    """

    _inherit = "phone.door"

    @api.model
    def _count_asked(self, values, model):
        """Count a search for numbers that a person asks for with their own rights.

        :param values: texts searched for. Tokens tell nothing and do not count, nor does what the server itself
            compares, such as the number of the record at hand: only what came with the request does
        :raises UserError: past five values in one call, or sixty calls in an hour
        """
        # The old protocols hide their request from the code they call, and leave the name of the method behind.
        is_raw = not request and bool(getattr(thread_local, "rpc_model_method", ""))
        if self.env.su or not (request or is_raw):
            return
        state = self.env["phone.vault"]._state()
        asked = {digits for value in values if not seal.is_token(value) and (digits := NOT_DIGIT.sub("", value))}
        if not is_raw and not request.httprequest.path.startswith(RAW_ROUTES):
            if "sent" not in state:
                state["sent"] = list(_digits_within(request.params))
            asked = {digits for digits in asked if any(digits in sent for sent in state["sent"])}
        before = state.setdefault("asked", set())
        new = asked - before
        if not new:
            return
        before |= new
        self._assert_few(len(before))
        self._assert_rarely()
        self.env["phone.access"]._record_sudo("look_up", model=model, count=len(new))

    @api.model
    def _assert_no_number(self, domain):
        """Refuse to keep the text of a `domain` that compares a sealed field with a number."""
        names = {field.name for model in self.env.registry for field in self.env[model]._sealed_fields()}
        if domain and domains.compares_number(domain, names | {"phone_mobile_search"}):
            raise UserError(self.env._("A search for a phone number is not kept: save the filter without the number."))

    @api.model
    def _assert_few(self, count):
        if count > VALUES_A_CALL:
            raise UserError(
                self.env._(
                    "Up to %(count)s numbers can be looked up at once: search again for the rest.", count=VALUES_A_CALL
                )
            )

    @api.model
    def _assert_rarely(self):
        # Counted in SQL: a search here would ask this very question again.
        self.env.cr.execute(
            "SELECT count(*) FROM phone_access WHERE user_ref = %s AND door = 'look_up' AND time > %s",
            [self.env.uid, fields.Datetime.now() - timedelta(hours=1)],
        )
        if self.env.cr.fetchone()[0] >= CALLS_AN_HOUR:
            raise UserError(
                self.env._("You have looked up many numbers within the hour: wait a while, or search by name or order.")
            )


def _digits_within(value):
    """Yield the digits of every text within a request's parameters, however deep."""
    if isinstance(value, str):
        yield NOT_DIGIT.sub("", value)
    elif isinstance(value, (int, float)):
        yield str(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _digits_within(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _digits_within(inner)
