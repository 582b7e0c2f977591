from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS

from ..tools import seal
from ..tools.drivers.http import HttpDriver
from ..tools.drivers.http_settings import HttpSettings
from ..tools.errors import GatewayError, SealError

# The secret opens with a key of its own that no rotation of the vault's keys takes away.
KEY_ID = b"gate"


class SmsGateway(models.Model):
    """A gateway that takes a text by one HTTPS request, described by settings alone.

    One without a company is a ready description, which a company copies and gives its own account.
    """

    _name = "sms.gateway"
    _inherit = ["consent.notice.source"]
    _description = "SMS Gateway"
    _order = "company_id, name, id"

    _told_fields = {"name", "sender"}

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, index=True, ondelete="cascade", copy=False
    )
    login = fields.Char(copy=False)
    secret = fields.Char(
        "Key or Password",
        compute="_compute_secret",
        inverse="_inverse_secret",
        copy=False,
        help="Kept encrypted and never shown again. Type it once more to change it.",
    )
    secret_sealed = fields.Binary(attachment=False, copy=False, groups=NO_ACCESS)
    has_secret = fields.Boolean(compute="_compute_has_secret", compute_sudo=True)
    sender = fields.Char("Sender's Name", help="As it is registered at the gateway. Empty: what the gateway chooses.")
    source = fields.Char("Documentation", help="Where the gateway says what it wants.")
    source_date = fields.Date("Read on")
    note = fields.Text("What to Do there")

    address = fields.Char("Address for Texts", required=True, default="https://")
    request_format = fields.Selection([("form", "Form"), ("json", "JSON object")], required=True, default="form")
    request = fields.Text("Fields", required=True, default="to={digits}\ntext={body}")
    headers = fields.Text(help="One a line, such as: Authorization: Bearer {secret}")
    answer_format = fields.Selection([("json", "JSON object"), ("text", "Text")], required=True, default="json")
    id_at = fields.Char("Id Stands at", required=True, default="id")
    code_at = fields.Char("Code Stands at")
    good_codes = fields.Char(help="Codes that mean “accepted”. Empty: an accepted text has no code.")
    codes = fields.Text(
        "Other Codes", help="One a line: 202=sms_number_format, 200=sms_acc, stop, 220=later 60 and 231=later 60, alone"
    )
    receipt_id = fields.Char("Id of a Report")
    receipt_status = fields.Char("Status of a Report")
    receipt_only = fields.Char("Only Reports with")
    states = fields.Text("Statuses", help="One a line: 0=sent, 1=delivered, 20=failed sms_not_delivered")
    receipt_answer = fields.Char("Answer to a Report", default="OK")
    receipt_address = fields.Char("Address for Reports", compute="_compute_receipt_address", compute_sudo=True)
    receipt_turn = fields.Integer(default=1, copy=False, groups=NO_ACCESS)
    check_address = fields.Char("Address of the Balance")
    check_fields = fields.Text("Fields of the Balance")
    timeout = fields.Float("Seconds to Wait", required=True, default=20.0)
    per_second = fields.Float("Texts a Second", required=True, default=1.0)
    in_flight = fields.Integer("Requests at Once", required=True, default=1)

    _limits = models.Constraint(
        "CHECK (timeout BETWEEN 1 AND 120 AND per_second > 0 AND per_second <= 100 AND in_flight BETWEEN 1 AND 16)",
        "Wait 1 to 120 seconds, send at most 100 texts a second, and have at most 16 requests at once.",
    )

    # ------------------------------------------------------------ the secret

    @api.model_create_multi
    def create(self, vals_list):
        gateways = super().create(vals_list)
        gateways.invalidate_recordset(["secret"])
        return gateways

    def write(self, vals):
        result = super().write(vals)
        # Else the call that brought it could read it back.
        self.invalidate_recordset(["secret"])
        self.env["sms.hold"]._look_again_sudo()
        return result

    def _compute_secret(self):
        self.secret = False  # what went in does not come out

    def _inverse_secret(self):
        for gateway in self.filtered("secret"):
            content = gateway.secret.strip().encode()
            sealed = seal.seal_bytes(KEY_ID, self._secret_key(), gateway._secret_place(), content)
            # sudo: the column has no access at all; the right to write the gateway was checked
            gateway.sudo().secret_sealed = sealed

    @api.depends("secret_sealed")
    def _compute_has_secret(self):
        for gateway in self:
            gateway.has_secret = bool(gateway.secret_sealed)

    def _secret_key(self):
        return seal.mac(self.env["phone.vault"]._keyring().mac, "secret of a gateway")

    def _secret_place(self):
        return f"{self._name}:{self.id}"

    def _open_secret_sudo(self):
        """Return the key or password, or "" if there is none that opens."""
        sealed = self.with_context(bin_size=False).secret_sealed
        if not sealed:
            return ""
        try:
            return seal.open_bytes({KEY_ID: self._secret_key()}, self._secret_place(), bytes(sealed)).decode()
        except SealError:
            return ""  # another keyring: the gateway refuses, and the settings say so

    # ------------------------------------------------------------ the driver

    @api.constrains(
        *("address", "request_format", "request", "headers", "answer_format", "id_at", "code_at", "codes"),
        *("states", "check_address", "check_fields"),
    )
    def _check_settings(self):
        for gateway in self:
            try:
                gateway._settings()
            except GatewayError as error:
                raise ValidationError(self.env._(str(error))) from None

    def _settings(self):
        """Return what the driver is made of.

        :raises GatewayError: for settings that cannot be meant
        """
        texts = (
            *("address", "request_format", "request", "headers", "answer_format", "id_at", "code_at", "good_codes"),
            *("codes", "receipt_id", "receipt_status", "receipt_only", "states", "check_address", "check_fields"),
        )
        return HttpSettings.from_texts(
            set(self.env["sms.sms"]._fields["failure_type"].get_values(self.env)),
            set(self.env["mail.notification"]._fields["failure_type"].get_values(self.env)),
            **{name: self[name] or "" for name in texts},
            timeout=self.timeout,
            per_second=self.per_second,
            in_flight=self.in_flight,
        )

    def _driver_sudo(self):
        """Return the driver of this gateway with its company's account."""
        callback = self._receipt_address_sudo() if self.company_id and self.receipt_id else ""
        account = (self.login or "", self._open_secret_sudo())
        return HttpDriver(self._settings(), *account, self.sender or "", callback)

    # ------------------------------------------------------------ the buttons

    def action_use(self):
        """Copy a ready description for the present company and open it."""
        self.ensure_one()
        mine = self.copy({"company_id": self.env.company.id, "name": self.name, "note": self.note})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": mine.id,
            "views": [(False, "form")],
        }

    def action_check(self):
        """Ask the gateway whether it knows the account. No text leaves."""
        self.ensure_one()
        self.check_access("write")
        if not self.check_address:
            raise UserError(
                self.env._(
                    "This gateway has no address that could be asked without sending: send yourself a test text from"
                    " “First ten minutes”."
                )
            )
        reason = self.sudo()._driver_sudo().check()  # sudo: the secret, which nobody reads
        labels = dict(self.env["sms.sms"]._fields["failure_type"]._description_selection(self.env))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if reason else "success",
                "message": self.env._(
                    "%(name)s does not take this account: %(why)s. Check account and key.",
                    name=self.name,
                    why=labels.get(reason, reason),
                )
                if reason
                else self.env._("%(name)s knows the account. Nothing was sent.", name=self.name),
            },
        }
