import re
from datetime import timedelta

from psycopg2.errors import ReadOnlySqlTransaction

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.http import request
from odoo.service.server import thread_local
from odoo.tools import SQL

from ..tools import domains, seal
from ..tools.sent import asked_within, digits_of, digits_within
from .phone_access import CALLS_AN_HOUR

VALUES_A_CALL = 5
# What comes by these need not stand in the request's parameters: every number that is searched for counts.
RAW_ROUTES = ("/json/",)
# What the old protocols call is known by name alone: these search, and compare nothing for reasons of their own.
SEARCHING = re.compile(r"\.(web_)?(name_)?(search|read_group|formatted_read|export)")


class PhoneDoor(models.AbstractModel):
    """The door *look-up*: finding a record by a number tells that the number is known, so it is counted and logged.

    A mask leaves about 100,000 numbers to try; sixty questions an hour do not get far.
    """

    _inherit = "phone.door"

    @api.model
    def _count_asked(self, values, model):
        """Count a search for numbers that a person asks for.

        :param values: what is searched for. Tokens tell nothing and do not count, nor does what the server itself
            compares, such as the number of the record at hand: only what came with the request does, and where a
            field's own search took the rights of the server, only what stands in a domain there
        :raises UserError: past five values in one call, or sixty calls in an hour
        """
        user = self._person()
        if not user:
            return
        texts = (str(value) for value in values)
        asked = {digits for text in texts if not seal.is_token(text) and (digits := digits_of(text))}
        if request and (self.env.su or not request.httprequest.path.startswith(RAW_ROUTES)):
            sent = self._sent("asked" if self.env.su else "sent")
            asked = {digits for digits in asked if any(digits in text for text in sent)}
        elif self.env.su and not request and not SEARCHING.search(thread_local.rpc_model_method):
            return
        before = self._counted().setdefault("asked", set())
        new = asked - before
        if not new:
            return
        self._count_look_up(len(new), model, len(before | new), user)
        before |= new  # what was refused is refused again

    @api.model
    def _assert_no_number(self, domain):
        """Refuse to keep the text of a `domain` that compares a sealed field with a number."""
        if domain and domains.compares_number(domain, self._compared_names()):
            raise UserError(self.env._("A search for a phone number is not kept: save the filter without the number."))

    @api.model
    @tools.ormcache()
    def _compared_names(self):
        """Return the names by which a domain may compare a number, of whatever model (frozenset)."""
        names = {field.name for model in self.env.registry for field in self.env[model]._sealed_fields()}
        return frozenset(names | {"phone_mobile_search"})

    @api.model
    def _count_look_up(self, count, model, total, user, code=None):
        """Count `count` numbers that were looked up, `total` with those before them in this call."""
        if total > VALUES_A_CALL:
            raise UserError(
                self.env._(
                    "Up to %(count)s numbers can be looked up at once: search again for the rest.", count=VALUES_A_CALL
                )
            )
        refusal = self.env._(
            "You have looked up many numbers within the hour: wait a while, or search by name or order."
        )
        self._count_apart_sudo(
            "look_up", SQL("count(*)"), CALLS_AN_HOUR, refusal, user, model=model, count=count, code=code
        )

    @api.model
    def _person(self):
        """Return the user whose request this is, whatever rights the code has taken; none in a job of the server."""
        if request:
            return request.env.user if request.env and request.env.uid else None
        # The old protocols hide their request from the code they call, and leave the name of the method behind.
        return self.env.user if getattr(thread_local, "rpc_model_method", "") else None

    @api.model
    def _counted(self):
        """Return what this transaction counted and was sent.

        A savepoint that is rolled back empties `cr.cache`, but takes back neither an answer nor its row, which stands
        by its own: kept there, each savepoint would be a call of its own.
        """
        return self.env.cr.postcommit.data.setdefault("consent_notify_counted", {})

    @api.model
    def _sent(self, part):
        """Return the digits of the texts that came with this request: of all, or of what its domains ask for."""
        counted = self._counted()
        if "came" not in counted:
            counted["came"] = {
                "sent": set(digits_within(request.params)),
                "asked": set(asked_within(request.params)),
            }
        return counted["came"][part]

    @api.model
    def _note_sent(self, domain):
        """Note that a stored `domain` is about to be asked: it came with another request."""
        if request and domain:
            digits = set(digits_within(domain))
            self._sent("sent").update(digits)
            self._sent("asked").update(digits)

    @api.model
    def _count_apart_sudo(self, door, measure, limit, refusal, user, code=None, count=1, model=None):
        """Write a row about `user` that stands whatever becomes of this request, and see that few are enough.

        A question that fails once it is answered would take back a row of its own transaction. The row is counted
        again after its commit: of questions at the same moment, each then sees those that came before it.

        :param measure: SQL of what `limit` is a limit of, within an hour
        :param code: of a number that counts once an hour, as forms send it again with each change
        :raises UserError: `refusal`, past the limit
        """
        if self.env.cr.readonly:
            # The core tries the request again with a cursor that writes.
            raise ReadOnlySqlTransaction("a look-up leaves a row")
        access = self.env["phone.access"]
        # No company while this request renames it: the row would wait for the request, and the request for the row.
        company = SQL("(SELECT id FROM res_company WHERE id = %s FOR KEY SHARE SKIP LOCKED)", self.env.company.id)
        row = {
            **{"time": fields.Datetime.now(), "door": door, "model": model, "code": code, "count": count},
            **{"company_id": company, **access._who(user), **access._whence()},
        }
        since = row["time"] - timedelta(hours=1)
        used = SQL(
            "SELECT COALESCE(%s, 0) FROM phone_access WHERE user_ref = %s AND door = %s AND time > %s",
            measure, user.id, door, since,
        )  # fmt: skip
        with self.env.registry.cursor() as cr:
            if code and self._is_counted(cr, user, code, since):
                return
            cr.execute(used)
            if limit is not None and cr.fetchone()[0] + (1 if door == "look_up" else count) > limit:
                raise UserError(refusal)
            columns = SQL(", ").join(map(SQL.identifier, row))
            values = SQL(", ").join(SQL("%s", value) for value in row.values())
            cr.execute(SQL("INSERT INTO phone_access (%s) VALUES (%s)", columns, values))
        if limit is not None:
            with self.env.registry.cursor() as cr:
                cr.execute(used)
                if cr.fetchone()[0] > limit:
                    raise UserError(refusal)

    @api.model
    def _is_counted(self, cr, user, code, since):
        cr.execute(
            "SELECT 1 FROM phone_access WHERE user_ref = %s AND door IN ('look_up', 'typed') AND time > %s"
            " AND code = %s LIMIT 1",
            [user.id, since, code],
        )
        return bool(cr.fetchone())
