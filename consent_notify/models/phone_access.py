from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL

from ..tools.guard import guard_table

DOORS = [
    ("show", "Shown to staff"),
    ("call", "Call about an order"),
    ("owner", "Shown to its owner"),
    ("provider", "Given to a processor"),
    ("sandbox", "Kept in the shop's sandbox"),
    ("print", "Printed"),
    ("export", "Exported"),
    ("copy", "Copied to another record"),
    ("look_up", "Looked up by number"),
    ("password", "Refused: wrong password"),
    ("evidence", "Evidence taken away"),
    ("typed", "Typed in by staff"),
    ("import", "Imported"),
]
REASONS = [
    ("order", "About an open order"),
    ("delivery", "A delivery cannot find the customer"),
    ("correct", "Check or correct the number"),
    ("rights", "The customer's own request"),
    ("complaint", "A complaint"),
    ("authority", "Asked by an authority"),
    ("contract", "Necessary for this contract"),
    ("other", "Another reason"),
]
CALLS_AN_HOUR = 60  # look-ups of one user
MONTHS_KEPT = 12
AT_ONCE = 10_000

# Staff's work leaves these rows, so they too are dropped in time: PostgreSQL lets go of whole years only.
GUARD = f"""
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.time < (now() AT TIME ZONE 'UTC') - interval '{MONTHS_KEPT} months' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The access log only grows.' USING ERRCODE = 'restrict_violation';
    END
"""


class PhoneAccess(models.Model):
    """Every time a number left the server through a door: who, whose, why, from where. Never the number.

    Append-only, here and in PostgreSQL; kept for twelve months. It is personal data of the staff, so only managers
    read it, and the dialog that shows a number says that it is kept.
    """

    _name = "phone.access"
    _description = "Access to a Phone Number"
    _order = "id desc"
    _log_access = False
    _rec_name = "door"

    time = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, index=True)
    # No foreign keys: erasing a user, a customer or an order never has to touch the log.
    user_ref = fields.Integer("User ID", required=True, readonly=True, aggregator=None)
    login = fields.Char(readonly=True, help="Staff by their login as it was; whoever saw their own number: “customer”.")
    user_id = fields.Many2one("res.users", "Who", compute="_compute_user_id", search="_search_user_id")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    door = fields.Selection(DOORS, required=True, readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    note = fields.Char("In Words", readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    order_ref = fields.Char("Order", readonly=True)
    code = fields.Char("Number's Code", readonly=True, help="The code behind the mask on screens; not the number.")
    count = fields.Integer("Numbers", default=1, readonly=True)
    processor = fields.Char(readonly=True)
    session = fields.Char(readonly=True, help="The same letters mean the same sign-in.")
    address = fields.Char(readonly=True)

    _user_time_idx = models.Index("(user_ref, door, time)")

    def init(self):
        guard_table(self.env.cr, self._table, "consent_notify_phone_access_refuse", GUARD)

    @api.depends("user_ref")
    def _compute_user_id(self):
        users = self.env["res.users"].sudo().browse(set(self.mapped("user_ref")))  # sudo: of all companies
        there = set(users.exists().ids)
        for access in self:
            access.user_id = access.user_ref if access.user_ref in there else False

    @api.model
    def _search_user_id(self, operator, value):
        if operator in ("any", "any!"):
            found = self.env["res.users"].sudo().with_context(active_test=False)._search(value)  # sudo: names only
            return [("user_ref", "in", found)]
        if operator == "in":
            return [("user_ref", "in", list(value))]
        return NotImplemented

    @api.model
    def _record_sudo(self, door, **values):
        """Write a row about the present user and session; the caller has checked the right to open the door."""
        return self._record_all_sudo(door, [values])

    @api.model
    def _record_all_sudo(self, door, rows, **common):
        """Write a row for each dict of `rows`, in one statement."""
        common = {
            "door": door,
            **self._who(self.env.user),
            "company_id": self.env.company.id,
            **self._whence(),
            **common,
        }
        # sudo: nobody has the right to create rows; the doors do it here
        return self.sudo().create([{**common, **values} for values in rows])

    @api.model
    def _who(self, user):
        """Return how a row names `user`: a customer's login is an address that erasing them has to take away."""
        # sudo: a login of whatever company
        return {"user_ref": user.id, "login": user.sudo().login if user._is_internal() else "customer"}

    @api.model
    def _whence(self):
        """Return where the present request comes from."""
        if not request:
            return {}
        session = self.env["phone.vault"]._mac("session", request.session.sid or "")[:8]
        return {"address": request.httprequest.remote_addr, "session": session}

    @api.model
    def _record_texts_sudo(self, texts):
        """Write a row for each claimed text, which its company's provider is about to get: one query for all."""
        companies = [sms._get_sms_company() for sms in texts]
        processors = {company: company._sms_processor() for company in dict.fromkeys(companies)}
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO phone_access (time, user_ref, login, company_id, door, model, res_id, order_ref, code,
                                          count, processor)
                SELECT %(now)s, users.id, CASE WHEN users.share THEN 'customer' ELSE users.login END,
                       k.company_id, k.door,
                       CASE WHEN sms.partner_id IS NOT NULL THEN 'res.partner' END, sms.partner_id, sale.name,
                       vault.code, 1, k.processor
                  FROM unnest(%(ids)s::int[], %(companies)s::int[], %(doors)s::varchar[], %(processors)s::varchar[])
                       AS k (id, company_id, door, processor)
                  JOIN sms_sms sms ON sms.id = k.id
                  JOIN phone_vault vault ON vault.token = sms.number
                  JOIN res_users users ON users.id = COALESCE(sms.create_uid, %(user)s)
             LEFT JOIN mail_message message ON message.id = sms.mail_message_id AND message.model = 'sale.order'
             LEFT JOIN sale_order sale ON sale.id = message.res_id
              ORDER BY k.id
                """,
                now=fields.Datetime.now(),
                user=self.env.uid,
                ids=texts.ids,
                companies=[company.id for company in companies],
                # What stops in the sandbox is given to nobody.
                doors=["sandbox" if company.sms_provider == "sandbox" else "provider" for company in companies],
                processors=[processors[company] for company in companies],
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("The access log is written by the doors themselves, never by hand."))
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The access log only grows: a row cannot be changed."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("The access log only grows: rows go by themselves after twelve months."))

    @api.autovacuum
    def _gc_old_rows(self):
        """Drop up to 10,000 rows past their year; return (done, whether more remain)."""
        self.env.cr.execute(
            """
            DELETE FROM phone_access WHERE id IN (
                SELECT id FROM phone_access
                 WHERE time < (now() AT TIME ZONE 'UTC') - %s * interval '1 month'
                 ORDER BY id LIMIT %s)
            """,
            [MONTHS_KEPT, AT_ONCE],
        )
        done = self.env.cr.rowcount
        return done, done == AT_ONCE
