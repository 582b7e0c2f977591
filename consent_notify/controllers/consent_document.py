import re

from odoo import http
from odoo.http import request

from .plain_page import plain_page

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
        notice_sudo = request.env["consent.notice"].sudo().browse(words.notice_id)  # sudo: public words of the shop
        values = {
            "words": words,
            "words_lang": words.lang.replace("_", "-"),
            "version": notice_sudo.version,
            "published_at": notice_sudo.published_at,
        }
        installed = request.env["res.lang"]._get_data(code=words.lang)
        return plain_page("consent_document", values, lang=words.lang if installed else None)
