from odoo import http
from odoo.http import request

from ..tools.link import without_scheme
from .guard import is_private

HEADERS = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'"
        "; frame-ancestors 'none'",
    ),
]


class LinkController(http.Controller):
    """The page behind the link in a text. Whoever looks changes nothing: scanners of messages open links too."""

    @http.route("/u/<string:code>", type="http", auth="public", methods=["GET"], sitemap=False)
    def show(self, code, **_query):
        """Show what the text was about and what can be done."""
        link, refusal = self._open(code)
        if not refusal and not link._is_open():
            refusal = self._not_found()
        return refusal or self._page("link_page", link, link._page_values())

    @http.route("/u/<string:code>", type="http", auth="public", methods=["POST"], sitemap=False)
    def change(self, code, do="", **_form):
        """Stop the texts (`do` is "stop"), or stop them and open a complaint ("complain")."""
        link, refusal = self._open(code)
        if refusal:
            return refusal
        if do not in ("stop", "complain") or not (link._is_open() or link._is_same_tap(do)):
            return self._not_found()
        if link._is_open():
            link._stop_sudo() if do == "stop" else link._complain_sudo()
        return self._page("link_done", link, {**link._page_values(), "done": do})

    def _open(self, code):
        """Return (link, None), or (empty, the answer that refuses). Only a code that never was counts as a try."""
        links, tries = request.env["consent.link"], request.env["consent.link.try"]
        http_request = request.httprequest
        if not is_private():
            address = http_request.url.replace("http://", "https://", 1)
            return links, self._page("link_insecure", links, {"address": address}, 403)
        if tries._is_refused_sudo(http_request.remote_addr):
            return links, self._page("link_refused", links, {}, 429)
        link = links._find_sudo(code)
        if not link:
            tries._add_sudo(http_request.remote_addr)
            return links, self._not_found()
        return link, None

    def _not_found(self):
        """One answer for codes that are wrong, expired or used: nobody learns which by trying."""
        return self._page("link_not_found", request.env["consent.link"], {}, 404)

    def _page(self, template, link, values, status=200):
        # sudo: the public words of the shop whose page this is
        company = link.company_id or request.env["website"].get_current_website().sudo().company_id
        lang = link._lang() if link else request.env.lang
        views = request.env["ir.ui.view"].with_context(lang=lang).sudo()  # sudo: visitors may not read views
        body = views._render_template(
            f"consent_notify.{template}",
            {
                "company": company,
                "contact_phone": company.phone,
                "contact_email": company.email,
                "host": without_scheme(request.httprequest.host_url),
                "html_lang": (lang or "en").replace("_", "-"),
                **values,
            },
        )
        return request.make_response(
            "<!DOCTYPE html>\n" + str(body),
            headers=[("Content-Type", "text/html; charset=utf-8"), *HEADERS],
            status=status,
        )
