from odoo import api, models
from odoo.http import request

from .consent_event import BY_STAFF

# Answers that came in a list, or by a text, are of people who do not wait for a code now.
ALONE = ("checkout", "portal", "email")


class ConsentEvent(models.Model):
    """A yes sends the code with which the customer confirms that the number is theirs: typed in, or read out."""

    _inherit = "consent.event"

    @api.model
    def _record_sudo(self, partner, company, answers, *args, source=None, order_name=None, **options):
        answers = list(answers)
        events = super()._record_sudo(partner, company, answers, *args, source=source, order_name=order_name, **options)
        agreed_sudo = self.env["consent.purpose"].sudo().concat(*(p for p, kind, _text in answers if kind == "granted"))
        if "sms" in agreed_sudo.mapped("channel") and source in (*ALONE, *BY_STAFF) and company.sudo().consent_confirm:
            # While an order is still a cart its customer has no page to type the code on: it goes when it is placed.
            orders_sudo = self.env["sale.order"].sudo()
            cart = [("name", "=", order_name), ("company_id", "=", company.id), ("state", "=", "draft")]
            if source in BY_STAFF or not order_name or not orders_sudo.search_count(cart, limit=1):
                address = request.httprequest.remote_addr if request else None
                user = self.env.user if source in BY_STAFF else None
                self.env["consent.code"]._send_sudo(partner, company, address, user)
        return events
