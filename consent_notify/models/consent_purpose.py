from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class ConsentPurpose(models.Model):
    """One use of a number in one form of contact: customers answer for each of them separately."""

    _name = "consent.purpose"
    _inherit = ["consent.notice.source"]
    _description = "Consent Purpose"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Names the purpose in forms and programs. It cannot be changed later.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    channel = fields.Selection(
        [("sms", "SMS"), ("call", "Phone call")], "Form of Contact", required=True, default="sms"
    )
    purpose_class = fields.Selection(
        [("transactional", "About an order"), ("marketing", "Marketing"), ("service", "On the person's own act")],
        "Class",
        required=True,
        default="transactional",
        help="A message on the person's own act (a code they asked for, the confirmation of a STOP) needs no box.",
    )
    basis = fields.Selection(
        [("consent", "Consent: a box to tick"), ("contract", "Contract: told, no box")],
        required=True,
        default="consent",
        help="Contract is for updates of an order and calls about it only. Whoever took a consent back stays out.",
    )
    term_months = fields.Integer(
        "Term (months)",
        required=True,
        default=12,
        help="The number is destroyed so long after the last order or answer.",
    )

    _code_unique = models.Constraint("UNIQUE (code)", "Another purpose has this code: choose a different one.")
    _code_form = models.Constraint(
        "CHECK (code ~ '^[a-z][a-z0-9_]*$')", "A code has small Latin letters, digits and underscores only."
    )
    _basis_contract = models.Constraint(
        "CHECK (basis = 'consent' OR code IN ('order_sms', 'order_call'))",
        "Only updates of an order and calls about it can rest on the contract: choose consent.",
    )
    _term_positive = models.Constraint("CHECK (term_months > 0)", "A number is kept for at least one month.")

    def write(self, vals):
        if "code" in vals and any(purpose.code != vals["code"] for purpose in self):
            raise UserError(self.env._("The code of a purpose stands in forms and programs: make a new purpose."))
        if "purpose_class" in vals and any(purpose.purpose_class != vals["purpose_class"] for purpose in self):
            # Customers answered for what the purpose was; "on the person's own act" would need no answer at all.
            raise UserError(self.env._("The class of a purpose cannot change once it exists: make a new purpose."))
        return super().write(vals)

    @api.model
    def _by_code(self, code):
        """Return the purpose with this code, or an empty recordset."""
        return self.browse(self._id_by_code(code))

    @api.model
    @ormcache("code")
    def _id_by_code(self, code):
        # sudo: the answer is an id, the same for everybody
        return self.sudo().with_context(active_test=False).search([("code", "=", code)], limit=1).id

    @api.model
    def _withdrawable_sudo(self):
        """Return what a customer may take back: all but the answers to one's own act, archived purposes included."""
        return self.sudo().with_context(active_test=False).search([("purpose_class", "!=", "service")])

    @api.model
    @ormcache()
    def _marketing_ids(self):
        """Return the ids of the purposes that are marketing, which nobody under age is asked about."""
        # sudo: the answer is ids, the same for everybody, and visitors are asked as well
        purposes_sudo = self.sudo().with_context(active_test=False)
        return frozenset(purposes_sudo.search([("purpose_class", "=", "marketing")]).ids)
