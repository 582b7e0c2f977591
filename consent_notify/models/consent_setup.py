from odoo import api, fields, models
from odoo.exceptions import UserError

UNNAMED = {"my company", "моя компания", "yourcompany", "my company (san francisco)"}
REVIEWED = "consent_notify.unanswered_reviewed"
STEPS = ("shop", "provider", "kit", "totp", "sms", "customers")


# A page that is read anew at each look, not a wizard.
class ConsentSetup(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """The first ten minutes: what a shop still has to do. Each line is read from where its truth lives."""

    _name = "consent.setup"
    _description = "First Ten Minutes"

    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, required=True, readonly=True)
    shop_done = fields.Boolean(compute="_compute_steps")
    shop_text = fields.Char(compute="_compute_steps")
    provider_done = fields.Boolean(compute="_compute_steps")
    provider_text = fields.Char(compute="_compute_steps")
    kit_done = fields.Boolean(compute="_compute_steps")
    kit_text = fields.Char(compute="_compute_steps")
    totp_done = fields.Boolean(compute="_compute_steps")
    totp_text = fields.Char(compute="_compute_steps")
    sms_done = fields.Boolean(compute="_compute_steps")
    sms_text = fields.Char(compute="_compute_steps")
    customers_done = fields.Boolean(compute="_compute_steps")
    customers_text = fields.Char(compute="_compute_steps")
    done_count = fields.Integer(compute="_compute_steps")
    progress = fields.Integer(compute="_compute_steps")
    summary = fields.Char(compute="_compute_steps")

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_display_name(self):
        self.display_name = self.env._("First ten minutes")

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_steps(self):
        for setup in self:
            for step in STEPS:
                setup[f"{step}_done"], setup[f"{step}_text"] = getattr(setup, f"_look_at_{step}")()
            setup.done_count = sum(setup[f"{step}_done"] for step in STEPS)
            setup.progress = round(100 * setup.done_count / len(STEPS))
            setup.summary = self.env._("%(done)s of %(all)s done", done=setup.done_count, all=len(STEPS))

    # ------------------------------------------------------------ the lines: (done, one sentence)

    def _look_at_shop(self):
        name = self.company_id.name
        if name.strip().casefold() in UNNAMED:
            return False, self.env._(
                "Customers read “%(name)s” next to the phone field: give the shop its name.", name=name
            )
        return True, self.env._("Customers read that %(name)s asks for their number.", name=name)

    def _look_at_provider(self):
        provider = self.company_id.sms_provider
        if provider == "sandbox":
            return False, self.env._("Texts stop in the sandbox, so nobody is disturbed until you choose a provider.")
        label = dict(self.company_id._fields["sms_provider"]._description_selection(self.env)).get(provider)
        if not label:
            return False, self.env._("No SMS provider is chosen, so no text can leave.")
        if self.env["consent.processor"]._without_sms_contract_sudo(self.company_id):
            return False, self.company_id._say_no_texts()
        return True, self.env._("Texts leave by “%(provider)s”.", provider=label)

    def _look_at_kit(self):
        try:
            saved = self.env["consent.recovery.kit"]._is_saved()
        except UserError as error:
            return False, str(error)
        if saved:
            return True, self.env._("A kit of the present keys was downloaded: keep it apart from the backups.")
        return False, self.env._("If the server loses its keys, all numbers are lost: save a copy under a passphrase.")

    def _look_at_totp(self):
        if self.env.user.totp_enabled:
            return True, self.env._("Your account asks for a code besides the password.")
        return False, self.env._("A stolen password should not be enough to see customers' numbers.")

    def _look_at_sms(self):
        domain = [
            ("notification_type", "=", "sms"),
            ("res_partner_id", "=", self.env.user.partner_id.id),
            ("mail_message_id.model", "=", "res.partner"),
            ("notification_status", "in", ("pending", "sent")),
        ]
        # sudo: notifications of one's own test; their messages may stand on a record one cannot read
        if self.env["mail.notification"].sudo().search_count(domain, limit=1):
            return True, self.env._("A test text reached the provider.")
        return False, self.env._("Send yourself a text to see what customers will get.")

    def _look_at_customers(self):
        contacts = self.env["res.partner"].with_company(self.company_id)
        count = contacts.search_count([("consent_unanswered", "=", True)])
        if not count:
            return True, self.env._("Every customer with a number has answered.")
        # sudo: a date, set by the button
        reviewed = self.env["ir.config_parameter"].sudo().get_param(self._reviewed_key())
        return bool(reviewed), self.env._(
            "%(count)s customers gave a number before you asked: they get no texts until they answer.", count=count
        )

    def _reviewed_key(self):
        return f"{REVIEWED}.{self.company_id.id}"

    # ------------------------------------------------------------ the buttons

    @api.model
    def action_open(self):
        """Open the checklist."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("First ten minutes"),
            "res_model": self._name,
            "res_id": self.create({}).id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def action_open_app(self):
        """Open the app: for managers the checklist until it is done, else the order updates."""
        if self.env.user.has_group("consent_notify.group_manager") and not self._is_complete():
            return self.action_open()
        xmlid = "consent_notify.order_update_action"
        if not self.env.ref(xmlid, raise_if_not_found=False):
            xmlid = "sale.action_orders"
        return self.env["ir.actions.act_window"]._for_xml_id(xmlid)

    @api.model
    def _is_complete(self):
        return self.new({}).done_count == len(STEPS)

    def action_shop(self):
        if self.shop_done:
            return self.env["ir.actions.act_window"]._for_xml_id("consent_notify.consent_notice_action")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.company",
            "res_id": self.company_id.id,
            "views": [(False, "form")],
        }

    def action_provider(self):
        if not self.env.user.has_group("base.group_system"):
            raise UserError(self.env._("Settings belong to administrators: ask yours to choose the provider."))
        return self.env["ir.actions.act_window"]._for_xml_id("consent_notify.res_config_settings_action")

    def action_kit(self):
        return self.env["consent.recovery.kit"].action_open()

    def action_totp(self):
        return self.env.user.action_totp_enable_wizard()

    def action_sms(self):
        return self.env["ir.actions.act_window"]._for_xml_id("consent_notify.consent_test_sms_action")

    def action_customers(self):
        """List the customers without an answer; having seen them, the manager has done this line."""
        now = fields.Datetime.to_string(fields.Datetime.now())
        self.env["ir.config_parameter"].sudo().set_param(self._reviewed_key(), now)  # sudo: a date, nothing else
        return self.env["ir.actions.act_window"]._for_xml_id("consent_notify.consent_unanswered_action")
