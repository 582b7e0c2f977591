import re

from odoo import http
from odoo.http import request

from .guard import is_private
from .plain_page import insecure_page, plain_page, texts_of

ROUTE = "/consent/answer/<int:partner_id>/<int:company_id>/<string:until>/<string:signature>"
# Wrong links in e-mails are counted apart from wrong ones in texts: neither closes the other.
DOOR = "ask link"
LARGEST = 2**31 - 1
UNTIL, SIGNATURE = re.compile(r"[0-9a-f]{1,12}"), re.compile(r"[0-9a-f]{48}")


class AskLinkController(http.Controller):
    """The page behind the link in the e-mail that asks. Looking changes nothing: scanners of mail open links too."""

    @http.route(ROUTE, type="http", auth="public", methods=["GET"], sitemap=False)
    def show(self, partner_id, company_id, until, signature, **_query):
        """Show the words, with a box for each use that was never answered, or is asked about again."""
        partner_sudo, company_sudo, refusal = self._open(partner_id, company_id, until, signature)
        return refusal or self._page(partner_sudo, company_sudo)

    @http.route(ROUTE, type="http", auth="public", methods=["POST"], sitemap=False)
    def answer(self, partner_id, company_id, until, signature, **form):
        """Keep the answers, or check the code that came after them (`do` is "code").

        What was answered already, here or elsewhere, stays as it is, unless it is asked about again.
        """
        partner_sudo, company_sudo, refusal = self._open(partner_id, company_id, until, signature)
        if refusal:
            return refusal
        form, user = texts_of(form), request.env.user
        ticked = {name for name, value in form.items() if name.startswith("consent_") and value}
        actor = f"user:{user.id}" if user._is_internal() else "customer"
        if form.get("do") == "code":
            typed, address = form.get("code", ""), request.httprequest.remote_addr
            codes = request.env["consent.code"]
            is_right = codes._try_sudo(partner_sudo, company_sudo, typed, address, "email", actor)
            return self._page(partner_sudo, company_sudo, code="right" if is_right else "wrong")
        kept = partner_sudo._consent_ask_record_sudo(company_sudo, form.get("shown", ""), ticked, actor)
        return self._page(partner_sudo, company_sudo, kept, again=not kept)

    def _open(self, partner_id, company_id, until, signature):
        """Return (contact, company, None), or (empty, empty, the one answer that refuses)."""
        partners, companies = request.env["res.partner"], request.env["res.company"]
        if not is_private():
            return partners, companies, insecure_page()
        tries, address = request.env["consent.link.try"], request.httprequest.remote_addr
        if tries._is_refused_sudo(address, DOOR):
            return partners, companies, plain_page("link_refused", {}, status=429)
        company, partner_sudo = companies.browse(company_id), partners
        if max(partner_id, company_id) <= LARGEST and UNTIL.fullmatch(until) and SIGNATURE.fullmatch(signature):
            partner_sudo = partners.browse(partner_id)._consent_ask_find_sudo(company, until, signature)
        if not partner_sudo:
            tries._add_sudo(address, DOOR)
            return partners, companies, plain_page("link_not_found", {}, status=404)
        return partner_sudo, company.sudo(), None  # sudo: the public words of the shop whose page this is

    def _page(self, partner_sudo, company_sudo, kept=False, again=False, code=None):
        items = [] if kept else partner_sudo._consent_ask_items_sudo(company_sudo)
        installed = dict(request.env["res.lang"].get_installed())
        values = {
            "items": items,
            "intros": list(dict.fromkeys(item.words.intro for item in items)),
            "details": list(dict.fromkeys(item.words.details for item in items)),
            "token": partner_sudo._consent_ask_token_sudo(company_sudo, items) if items else "",
            "again": again and bool(items),
            "waits": bool(request.env["consent.code"]._to_confirm_sudo(partner_sudo, company_sudo)),
            "code": code,
        }
        lang = partner_sudo.lang if partner_sudo.lang in installed else None
        return plain_page("ask_page", values, company_sudo, lang)
