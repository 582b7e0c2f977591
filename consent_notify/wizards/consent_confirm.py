from odoo import api, fields, models
from odoo.exceptions import UserError

PLACES = [("counter", "At the counter"), ("telephone", "On the telephone")]
OUTCOMES = [("sent", "Sent"), ("not_sent", "Not sent"), ("wrong", "Wrong")]


class ConsentConfirm(models.TransientModel):
    """A code goes to the customer's handset, and the member of staff types in what they read out."""

    _name = "consent.confirm"
    _description = "Confirm a Number by its Code"
    _transient_max_hours = 1.0

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    masked_phone = fields.Char("Number", compute="_compute_masked_phone")
    place = fields.Selection(PLACES, "Where")
    # What was typed: it goes as soon as it was compared.
    code = fields.Char()
    outcome = fields.Selection(OUTCOMES, readonly=True)

    @api.model
    def _open(self, partner, company=None, place=None):
        """Return the action that confirms this customer's number before a company, by default the present one."""
        partner.check_access("read")
        company = company or self.env.company
        # sudo: codes are nobody's to read; the rights on the customer were asked for
        is_sent = self.env["consent.code"]._is_on_its_way_sudo(partner, company)
        values = {"partner_id": partner.id, "company_id": company.id, "place": place}
        return self.create({**values, "outcome": "sent" if is_sent else False})._again()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm by code"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.depends("partner_id")
    def _compute_masked_phone(self):
        for wizard in self:
            wizard.masked_phone = wizard.partner_id._masked_phone()

    def action_send(self):
        """Send a code, within the same limits as customers; say whether one went."""
        self._assert_open()
        # sudo: as above
        sent = self.env["consent.code"]._send_sudo(self.partner_id, self.company_id, user=self.env.user)
        self.write({"outcome": "sent" if sent else "not_sent", "code": False})
        return self._again()

    def action_confirm(self):
        """Compare what the customer read out. A wrong code is no error: undone with it, the try would not count."""
        self._assert_open()
        if not self.place:
            raise UserError(self.env._("Choose where the customer reads the code out: counter or telephone."))
        typed, user = self.code or "", self.env.user
        self.code = False
        where = {"source": self.place, "actor": f"user:{user.id}"}
        # sudo: as above
        if self.env["consent.code"]._try_sudo(self.partner_id, self.company_id, typed, None, user=user, **where):
            return {"type": "ir.actions.act_window_close", "infos": {"done": True}}
        self.outcome = "wrong"
        return self._again()

    def _assert_open(self):
        # The wizard's rows can be written over RPC: whose customer it is counts again.
        self.ensure_one()
        self.partner_id.check_access("read")
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("You work for another company now: close this, and start again."))
