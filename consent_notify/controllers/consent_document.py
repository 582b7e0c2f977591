import re

from odoo import http
from odoo.http import request

from ..tools.link import without_scheme
from .plain_page import HEADERS

SHA = re.compile(r"[0-9a-f]{64}")
LARGEST = 2**31 - 1


class ConsentDocumentController(http.Controller):
    """The document that a box speaks of, where the law wants the consent to be one of its own."""

    @http.route("/consent/document/<int:notice_id>/<string:sha>", type="http", auth="public", sitemap=False)
    def show(self, notice_id, sha, **_query):
        """Show exactly the words with this hash: those on the form now, or those that somebody saw before."""
        website = request.env["website"].get_current_website()
        words = None
        if notice_id <= LARGEST and SHA.fullmatch(sha):
            words = website._consent_words_read_sudo(notice_id, sha)
        if not words or not words.document:
            raise request.not_found()
        # sudo: public words of the shop, its name and its contact
        notice_sudo = request.env["consent.notice"].sudo().browse(words.notice_id)
        company_sudo = website.sudo().company_id
        installed = request.env["res.lang"]._get_data(code=words.lang)
        lang = words.lang if installed else request.env.lang
        views_sudo = request.env["ir.ui.view"].with_context(lang=lang).sudo()  # sudo: visitors may not read views
        body = views_sudo._render_template(
            "consent_notify.consent_document",
            {
                "words": words,
                "words_lang": words.lang.replace("_", "-"),
                "version": notice_sudo.version,
                "published_at": notice_sudo.published_at,
                "company": company_sudo,
                "contact_phone": company_sudo.phone,
                "contact_email": company_sudo.email,
                "host": without_scheme(request.httprequest.host_url),
                "html_lang": (lang or "en").replace("_", "-"),
            },
        )
        return request.make_response(
            f"<!DOCTYPE html>\n{body}", headers=[("Content-Type", "text/html; charset=utf-8"), *HEADERS]
        )
