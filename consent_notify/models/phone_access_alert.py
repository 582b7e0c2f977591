from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.guard import guard_table
from .phone_access import GUARD, MONTHS_KEPT

PATTERNS = [
    ("opened", "Many numbers within an hour"),
    ("exported", "Many numbers exported within a day"),
    ("looked_up", "Searches by number up to the limit"),
    ("off_hours", "Numbers outside working hours"),
    ("password", "Wrong passwords"),
]


class PhoneAccessAlert(models.Model):
    """Unusual access to numbers that somebody was told of: at most one a day for a person and a pattern.

    As the access log it only grows and goes after twelve months; it holds no number.
    """

    _name = "phone.access.alert"
    _inherit = ["mail.thread"]  # so that the message finds the way back to the alert
    _description = "Unusual Access to Phone Numbers"
    _order = "id desc"
    _log_access = False
    _rec_name = "login"

    time = fields.Datetime(required=True, readonly=True, help="Of the latest row of the access log that counted.")
    day = fields.Date(required=True, readonly=True)
    user_ref = fields.Integer("User ID", required=True, readonly=True, aggregator=None)
    login = fields.Char("Who", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    pattern = fields.Selection(PATTERNS, required=True, readonly=True)
    count = fields.Integer(readonly=True)
    told = fields.Char("Who was Told", readonly=True)

    _once_a_day = models.UniqueIndex("(user_ref, pattern, day)")

    def init(self):
        guard_table(self.env.cr, self._table, "consent_notify_phone_access_refuse", GUARD)

    @api.model
    def _raise_sudo(self, found):
        """Write an alert for each of `found` that is new today, and tell the managers; return the new ones.

        :param found: list of {"time", "user_ref", "login", "company_id", "pattern", "count"}
        """
        alerts = self.browse()
        for values in found:
            company = self.env["res.company"].browse(values["company_id"])
            people = self._people_to_tell(values["user_ref"], company)
            row = {**values, "day": values["time"].date(), "told": ", ".join(people.mapped("login"))}
            # Two workers may find the same at once: one of them tells.
            self.env.cr.execute(
                SQL(
                    "INSERT INTO phone_access_alert (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
                    SQL(", ").join(map(SQL.identifier, row)),
                    tuple(row.values()),
                )
            )
            if inserted := self.env.cr.fetchone():
                alert = self.browse(inserted)
                alert._tell_sudo(people)
                alerts += alert
        return alerts

    @api.model
    def _people_to_tell(self, user_ref, company):
        """Return the managers of consents in this company but the one concerned; without any, the administrators."""
        for group in ("consent_notify.group_manager", "base.group_system"):
            # sudo: managers of the company, whoever's access is looked at
            users = (
                self.env.ref(group)
                .sudo()
                .all_user_ids.filtered(
                    lambda user: user.active and user.id not in (user_ref, self.env.ref("base.user_root").id)
                )
            )
            if people := users.filtered(lambda user: not company or company in user.company_ids):
                return people
        # sudo: of whatever company. A shop of one: they at least know of it
        return self.env["res.users"].sudo().browse(user_ref)

    def _tell_sudo(self, people):
        """Notify `people`, each in their language, by mail or in their inbox as they chose."""
        self.ensure_one()
        for lang, users in people.grouped("lang").items():
            alert = self.with_context(lang=lang).sudo()
            alert.message_notify(
                subject=alert.env._("Unusual access to phone numbers: %(who)s", who=alert.login),
                body=Markup("<p>%s</p><p>%s</p>") % (alert._sentence(), alert._what_to_do()),
                partner_ids=users.partner_id.ids,
                author_id=alert.env.ref("base.partner_root").id,
            )

    def _sentence(self):
        """Return what happened in one sentence: who and how many, never a number."""
        values = {"who": self.login, "count": self.count}
        return {
            "opened": lambda: self.env._("%(who)s opened %(count)s phone numbers within an hour.", **values),
            "exported": lambda: self.env._("%(who)s exported %(count)s phone numbers within a day.", **values),
            "looked_up": lambda: self.env._(
                "%(who)s searched for phone numbers %(count)s times within an hour, which is the limit.", **values
            ),
            "off_hours": lambda: self.env._(
                "%(who)s opened or exported %(count)s phone numbers outside working hours.", **values
            ),
            "password": lambda: self.env._(
                "A wrong password was given for %(who)s %(count)s times within an hour.", **values
            ),
        }[self.pattern]()

    def _what_to_do(self):
        if self.pattern == "password":
            return self.env._("Ask them whether it was they; if not, have them change their password.")
        return self.env._("Look at the access log, and ask them what it was for.")

    def action_view_rows(self):
        """Open the access log of this person around that time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("consent_notify.phone_access_action")
        first = fields.Datetime.subtract(self.time, days=1)
        return {
            **action,
            "domain": [("user_ref", "=", self.user_ref), ("time", ">=", first), ("time", "<=", self.time)],
        }

    # ------------------------------------------------------------ it only grows

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("Alerts are raised by the access log itself, never by hand."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An alert cannot be changed: it only says what happened."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("An alert cannot be deleted: it goes by itself after twelve months."))

    @api.autovacuum
    def _gc_old_alerts(self):
        self.env.cr.execute(
            "DELETE FROM phone_access_alert WHERE time < (now() AT TIME ZONE 'UTC') - %s * interval '1 month'",
            [MONTHS_KEPT],
        )
