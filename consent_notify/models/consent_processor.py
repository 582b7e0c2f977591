from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

WARNED_DAYS = 30
ACTIVITY = "consent_notify.activity_processor"


class ConsentProcessor(models.Model):
    """Somebody outside the shop who is given numbers, and the agreement that allows it (GDPR art. 28, 152-FZ art. 6).

    Without a signed agreement that is in force today nobody gets a number. Whether one is, `_is_in_force` tells from
    the dates; `state` is what people see, as of last night or the last change.
    """

    _name = "consent.processor"
    _description = "Processor"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("sms", "SMS"),
            ("payment", "Payment"),
            ("courier", "Courier"),
            ("print", "Printing"),
            ("export", "Export"),
            ("other", "Other"),
        ],
        required=True,
        default="sms",
        tracking=True,
    )
    sms_provider = fields.Selection(
        selection=lambda self: self._sms_providers(),
        string="SMS Provider",
        help="The agreement covers texts that leave by this provider.",
    )
    sms_gateway_id = fields.Many2one(
        "sms.gateway",
        "Gateway",
        domain=[("company_id", "!=", False)],
        ondelete="restrict",
        index="btree_not_null",
        help="Which gateway, if texts leave by one of your own.",
    )
    payment_provider_ids = fields.One2many("payment.provider", "consent_processor_id", groups="base.group_system")
    carrier_ids = fields.One2many("delivery.carrier", "consent_processor_id", groups="base.group_system")
    used_by = fields.Char(
        compute="_compute_used_by", compute_sudo=True, help="What gives numbers to this processor today."
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        default=lambda self: self.env.companies,
        help="Who signed the agreement. Empty: all companies.",
    )
    agreement_date = fields.Date("Signed on", tracking=True)
    valid_until = fields.Date(tracking=True, help="Empty: until somebody ends it.")
    document = fields.Binary("Signed Agreement", attachment=True, copy=False)
    document_name = fields.Char("File Name", copy=False)
    has_document = fields.Boolean(compute="_compute_has_document", store=True)
    country_id = fields.Many2one("res.country", help="Where the numbers go.")
    partner_id = fields.Many2one("res.partner", "Contact", help="Whom to ask there about personal data.")
    state = fields.Selection(
        [("missing", "Missing"), ("expired", "Expired"), ("expiring", "Expiring"), ("valid", "Valid")],
        compute="_compute_state",
        store=True,
        index=True,
    )

    _dates_in_order = models.Constraint(
        "CHECK (valid_until IS NULL OR agreement_date IS NULL OR valid_until >= agreement_date)",
        "An agreement cannot end before it was signed: check the two dates.",
    )

    @api.model
    def _sms_providers(self):
        found = self.env["res.company"]._fields["sms_provider"]._description_selection(self.env)
        return [(code, label) for code, label in found if code != "sandbox"]

    @api.depends("document")
    def _compute_has_document(self):
        for processor in self:
            processor.has_document = bool(processor.document)

    @api.depends("has_document", "agreement_date", "valid_until")
    def _compute_state(self):
        for processor in self:
            today = self._today(processor.company_ids[:1] or self.env.company)
            if not (processor.has_document and processor.agreement_date and processor.agreement_date <= today):
                processor.state = "missing"
            elif not processor.valid_until or processor.valid_until > today + timedelta(days=WARNED_DAYS):
                processor.state = "valid"
            else:
                processor.state = "expiring" if processor.valid_until >= today else "expired"

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "sms":
            self.sms_provider = False

    @api.onchange("sms_provider")
    def _onchange_sms_provider(self):
        if self.sms_provider != "http":
            self.sms_gateway_id = False

    def write(self, vals):
        result = super().write(vals)
        # What was asked for is there.
        self.filtered(lambda processor: processor.state == "valid").activity_unlink([ACTIVITY])
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if any(processor.has_document for processor in self):
            raise UserError(
                self.env._("A signed agreement is kept as proof, even when it is over: put it into the archive.")
            )

    # ------------------------------------------------------------ what the doors ask

    @api.model
    def _today(self, company):
        """Return the day that it is where `company` is."""
        company.partner_id.fetch(["tz"])
        zone = company.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=zone))

    def _is_in_force(self, company):
        """Tell whether any of these agreements binds `company` today."""
        today = self._today(company)
        return any(
            processor.active
            and processor.has_document
            and processor.agreement_date
            and processor.agreement_date <= today
            and (not processor.valid_until or processor.valid_until >= today)
            and (not processor.company_ids or company in processor.company_ids)
            for processor in self
        )

    @api.model
    def _without_sms_contract_sudo(self, companies):
        """Return those of `companies` whose SMS provider has no agreement in force. Queries: constant."""
        asked = companies.sudo().filtered(lambda company: company.sms_provider not in (False, "sandbox"))
        if not asked:
            return asked
        # sudo: whoever sends a text is held to the agreements, and need not be able to read them
        found = self.sudo().search([("kind", "=", "sms"), ("sms_provider", "in", asked.mapped("sms_provider"))])
        return asked.filtered(lambda company: not found._of_sms_provider(company)._is_in_force(company))

    def _of_sms_provider(self, company):
        """Return those of `self` that are about the provider of `company`."""
        provider = company.sms_provider
        gateway = company.sms_gateway_id if provider == "http" else self.env["sms.gateway"]
        return self.filtered(
            lambda processor: processor.sms_provider == provider and processor.sms_gateway_id == gateway
        )
