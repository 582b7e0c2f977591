from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from .guard import assert_transport
from .plain_page import HEADERS


class ConsentReceiptController(http.Controller):
    """Receipts: of the signed-in customer about themselves, or of a customer by an officer. Nothing is changed."""

    @http.route("/my/privacy/receipt", type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def mine(self):
        """Show the signed-in customer's own receipt, to be printed."""
        return self._page(request.env.user.partner_id, request.website.company_id)

    @http.route("/my/privacy/receipt.json", type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def mine_as_json(self):
        """Send the signed-in customer's own receipt as a file."""
        return self._json(request.env.user.partner_id, request.website.company_id)

    @http.route("/consent_notify/receipt/<int:partner_id>", type="http", auth="user", methods=["GET"])
    def of_customer(self, partner_id, company_id=""):
        """Show a customer's receipt to an officer; every refusal is the same 404."""
        partner, company = self._customer(partner_id, company_id)
        if not partner:
            return request.not_found()
        path = f"/consent_notify/receipt/{partner_id}.json?company_id={company.id}"
        return self._page(partner, company, path)

    @http.route("/consent_notify/receipt/<int:partner_id>.json", type="http", auth="user", methods=["GET"])
    def of_customer_as_json(self, partner_id, company_id=""):
        """Send a customer's receipt to an officer as a file."""
        partner, company = self._customer(partner_id, company_id)
        return self._json(partner, company) if partner else request.not_found()

    def _customer(self, partner_id, company_id):
        """Return the customer and that one of the officer's companies whose receipt it is, or (None, None)."""
        companies = request.env.user.company_ids
        chosen = companies.filtered(lambda company: str(company.id) == company_id)
        company = chosen if company_id else request.env.company
        partner = request.env["res.partner"].with_company(company).browse(partner_id).exists()
        try:
            request.env["phone.door"]._assert_officer()
            partner.check_access("read")
        except (AccessError, UserError):
            return None, None
        return (partner, company) if partner and company else (None, None)

    def _page(self, partner, company, json_path="/my/privacy/receipt.json"):
        try:
            assert_transport()
        except UserError as error:
            return request.make_response(str(error), status=403, headers=HEADERS)
        # sudo: a customer may not read the company, whose name and address stand on every order
        partner_sudo, company_sudo = partner.sudo(), company.sudo()
        values = {
            "receipt": partner_sudo._consent_receipt_sudo(company),
            "partner": partner_sudo,
            "company": company_sudo,
            "takes_replies": company_sudo._takes_replies(),
            "json_path": json_path,
            "html_lang": (request.env.lang or "en_US").replace("_", "-"),
            **partner_sudo._receipt_labels(),
        }
        return request.render("consent_notify.receipt_page", values, headers=HEADERS)

    def _json(self, partner, company):
        try:
            assert_transport()
        except UserError as error:
            return request.make_response(str(error), status=403, headers=HEADERS)
        partner_sudo = partner.sudo()  # sudo: the caller has seen to it that it is one's own, or an officer asks
        return request.make_json_response(
            partner_sudo._consent_receipt_sudo(company),
            headers=[*HEADERS, ("Content-Disposition", content_disposition("consent-receipt.json"))],
        )
