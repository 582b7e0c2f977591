from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

# GDPR art. 12(3) gives a month, 152-FZ art. 21 thirty days.
DEADLINE = timedelta(days=30)


class ConsentRequest(models.Model):
    """What a customer asked the shop to do with their number, with an owner and the legal deadline."""

    _name = "consent.request"
    _description = "Customer's Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, deadline, id"
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    kind = fields.Selection([("erase", "Erase the number")], "Wish", required=True, readonly=True, default="erase")
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="open",
        tracking=True,
        index=True,
    )
    source = fields.Selection(
        [("portal", "Portal"), ("counter", "Told to the staff")], required=True, readonly=True, default="counter"
    )
    asked_at = fields.Datetime("Asked", required=True, default=fields.Datetime.now)
    deadline = fields.Date(compute="_compute_deadline", store=True, help="The law gives thirty days.")
    is_late = fields.Boolean(compute="_compute_is_late")
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        tracking=True,
        domain=lambda self: [("all_group_ids", "in", self.env.ref("consent_notify.group_manager").ids)],
    )
    answer = fields.Char(help="What was done, or why not. The customer reads it on their privacy page.", tracking=True)
    closed_at = fields.Datetime("Answered", readonly=True)

    @api.depends("asked_at")
    def _compute_deadline(self):
        for wish in self:
            wish.deadline = wish.asked_at and (wish.asked_at + DEADLINE).date()

    @api.depends("deadline", "state")
    def _compute_is_late(self):
        for wish in self:
            wish.is_late = wish.state == "open" and bool(wish.deadline) and wish.deadline < fields.Date.today()

    @api.depends("kind", "partner_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for wish in self:
            wish.display_name = f"{kinds.get(wish.kind, '')}: {wish.partner_id.display_name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        companies = self.env["res.company"]
        if not self.env.su:
            # What staff note down was told to them and is open: it is answered by a button, by a manager.
            told = {"state": "open", "source": "counter", "answer": False, "closed_at": False}
            vals_list = [{**vals, **told} for vals in vals_list]
        for vals in vals_list:
            if not vals.get("user_id"):
                company = companies.browse(vals.get("company_id")) or self.env.company
                vals["user_id"] = company._consent_owner("group_manager").id
        wishes = super().create(vals_list)
        for wish in wishes:
            wish._stop()
            # sudo: an officer notes what a customer wants, and may not change it afterwards
            wish.sudo()._schedule()
        return wishes

    def write(self, vals):
        if "answer" in vals:
            # Customers read it, and it is kept unsealed.
            vals = {**vals, "answer": self.env["phone.door"]._tidy(vals["answer"]) or False}
        return super().write(vals)

    # ------------------------------------------------------------ made

    @api.model
    def _ask_sudo(self, partner, company):
        """Return the open wish of this customer to be erased, made now if there is none."""
        found = self._latest_sudo(partner, company)
        if found.state == "open":
            return found
        # Its mails need a sender, which the customer is not.
        wishes = self.with_user(SUPERUSER_ID).with_company(company)
        return wishes.create({"partner_id": partner.id, "company_id": company.id, "source": "portal"})

    @api.model
    def _latest_sudo(self, partner, company):
        domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        return self.sudo().search(domain, order="id desc", limit=1)

    def _stop(self):
        """Take back every yes at once: nobody who wants to be erased waits a month for peace."""
        purposes = self.env["consent.purpose"]._withdrawable_sudo()
        for partner in self.partner_id._own_contacts():
            actor = "customer" if self.source == "portal" else f"user:{self.env.uid}"
            self.env["consent.event"]._withdraw_sudo(partner, self.company_id, purposes, self.source, actor)

    def _schedule(self):
        owner = self.user_id
        wish = self.with_context(lang=owner.lang)
        wish.activity_schedule(
            "consent_notify.activity_request",
            date_deadline=self.deadline,
            summary=wish.env._("A customer wants to be erased"),
            user_id=owner.id,
        )

    # ------------------------------------------------------------ answered

    def action_done(self):
        """Close what was done by hand, in another system for example."""
        self._close("done", self.answer or self.env._("Done."))

    def action_refuse(self):
        """Close with a reason, which the law wants the customer to be told."""
        for wish in self:
            if not wish.answer:
                raise UserError(self.env._("Write under “Answer” why not: the customer has a right to know."))
            wish._close("refused", wish.answer)

    def _close(self, state, answer):
        self.check_access("write")
        if any(wish.state != "open" for wish in self):
            raise UserError(self.env._("This wish was answered already: reload the page."))
        self.write({"state": state, "answer": answer, "closed_at": fields.Datetime.now()})
        self.activity_unlink(["consent_notify.activity_request"])
