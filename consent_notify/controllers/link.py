from odoo import http
from odoo.http import request

from ..tools.hours import EARLIEST, LATEST, read_hours
from ..tools.link import read_later
from .guard import is_private
from .plain_page import insecure_page, plain_page, texts_of

# What the buttons about the order say, and the kind of answer that it is a step to.
STEPS = {"come": "come", "later": "later", "call": "call", "cancel": "cancel", "cancel_sure": "cancel"}


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
    def change(self, code, **form):
        """Do what the form's `do` says, and show what became of it.

        "stop" and "complain" use the link up; "stop_" and a purpose's code stops that one, "hours" notes the hours,
        and one of `STEPS` answers about the order.
        """
        link, refusal = self._open(code)
        if refusal:
            return refusal
        form = texts_of(form)
        do = form.get("do", "")
        if do in ("stop", "complain") and (link._is_open() or link._is_same_tap(do)):
            if link._is_open():
                link._stop_sudo() if do == "stop" else link._complain_sudo()
            return self._page("link_done", link, {**link._page_values(), "done": do})
        if do in STEPS and link._is_open():
            template, values = self._answer(link, do, form)
            return self._page(template, link, {**link._page_values(), **values})
        done = link._is_open() and self._change_one(link, do, form)
        return self._page("link_page", link, {**link._page_values(), **done}) if done else self._not_found()

    def _answer(self, link, do, form):
        """Return (template, values) of the page after a step towards an answer about the order."""
        kind = STEPS[do]
        if kind in link._answers_given():
            return "link_page", {"answered": kind}
        if kind not in link._offered():
            return "link_page", {"answer_refused": True}
        if do == "cancel":
            return "link_cancel", {}
        if do == "call" and not link._allow_calls_sudo(form.get("shown", "")):
            return "link_call", link._call_form()
        when, words = read_later(form.get("when", ""), form.get("words", "")) if do == "later" else (None, "")
        if do == "later" and not (when or words):
            return "link_page", {"when_missing": True}
        link._answer_sudo(kind, when, words)
        return "link_page", {"answered": kind}

    def _change_one(self, link, do, form):
        """Return what the page says of one changed use or of the hours, or nothing for an unknown wish."""
        if do == "hours":
            hours = read_hours(form.get("hour_from", ""), form.get("hour_to", ""))
            if hours is None or link._hours() is None:
                return {"hours_refused": True}
            link.partner_id._set_sms_hours_sudo(link.company_id, hours)
            return {"hours_saved": True}
        purpose = link._stop_one_sudo(do.removeprefix("stop_")) if do.startswith("stop_") else None
        return {"just_stopped": purpose.with_context(lang=link._lang())} if purpose else {}

    def _open(self, code):
        """Return (link, None), or (empty, the answer that refuses). Only a code that never was counts as a try."""
        links, tries = request.env["consent.link"], request.env["consent.link.try"]
        http_request = request.httprequest
        if not is_private():
            return links, insecure_page()
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
        company = link.company_id or None
        values = {"hours_from": range(EARLIEST, LATEST), "hours_to": range(EARLIEST + 1, LATEST + 1), **values}
        return plain_page(template, values, company, link._lang() if link else None, status)
