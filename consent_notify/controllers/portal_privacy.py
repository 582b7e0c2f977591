import json
from functools import wraps

from odoo import http
from odoo.http import content_disposition, request

from ..tools.hours import EARLIEST, LATEST, read_hours
from .guard import is_private
from .plain_page import insecure_page, texts_of
from .portal import OwnerDoorController

PAGE = "/my/privacy"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
}
# What the page says after a form: anything else in the address says nothing.
DONE = {
    "given",
    "stopped",
    "changed",
    "nothing",
    "no_number",
    "hours",
    "bad_hours",
    "code_sent",
    "code_ok",
    "code_wrong",
}


def privacy_route(path, methods=("GET",)):
    """Make a page of the signed-in customer; a connection that others could read is refused before anything."""

    def decorate(endpoint):
        @http.route(path, type="http", auth="user", website=True, methods=list(methods), sitemap=False)
        @wraps(endpoint)
        def answer(self, *args, **post):
            return endpoint(self, *args, **texts_of(post)) if is_private() else insecure_page()

        return answer

    return decorate


class PrivacyController(OwnerDoorController):
    """The customer's own page: what is held of them, one switch per use, hours, download, erasure.

    Looking changes nothing; what is posted is compared with what the page would offer now, never looked up.
    """

    @privacy_route(PAGE)
    def privacy(self, done="", **_query):
        """Show the page; `done` names what a form just did."""
        partner, website = request.env.user.partner_id, request.website
        partner_sudo = partner.sudo().with_company(website.company_id)  # sudo: the customer's own contact
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "consent_privacy",
            "company": website.company_id,
            "partner": partner_sudo,
            "phone_shown": self._phone_shown(partner_sudo),
            "contacts": website._privacy_contacts_sudo(partner),
            "receivers": website._privacy_receivers_sudo(partner),
            "said": website._privacy_said_sudo(partner._own_contacts()),
            "sources": website._privacy_places(),
            "hours": (partner_sudo.sms_hour_from, partner_sudo.sms_hour_to),
            "hours_from": range(EARLIEST, LATEST),
            "hours_to": range(EARLIEST + 1, LATEST + 1),
            "wish": request.env["consent.request"]._latest_sudo(partner, website.company_id),
            "done": done if done in DONE else "",
        }
        return request.render("consent_notify.portal_privacy", values, headers=HEADERS)

    @privacy_route(f"{PAGE}/answer", methods=("POST",))
    def answer(self, contact="", purpose="", do="", shown="", **_post):
        """Give (`do` is "give") or take back ("stop") one use of one number."""
        website = request.website
        request.env.user.partner_id._take_turn_sudo()
        for entry in website._privacy_contacts_sudo(request.env.user.partner_id):
            for use in entry["uses"]:
                if (str(entry["contact"].id), use["code"]) == (contact, purpose):
                    return self._done(self._change(entry, use, do, shown))
        return self._done("nothing")

    def _change(self, entry, use, do, shown):
        """Make one answer true and return what became of it. What stands already is not repeated."""
        website, contact = request.website, entry["contact"]
        if do == "stop":
            if use["is_on"]:
                request.env["consent.event"]._withdraw_sudo(contact, website.company_id, use["purpose"], "portal")
            return "stopped"
        if do != "give" or not (use["is_on"] or use["words"]):
            return "nothing"
        if use["is_on"] and not use["is_renewed"]:
            return "given"
        if not entry["is_reachable"]:
            return "no_number"
        return "given" if website._privacy_give_sudo(contact, use, shown) else "changed"

    @privacy_route(f"{PAGE}/hours", methods=("POST",))
    def hours(self, hour_from="", hour_to="", **_post):
        """Note between which hours texts are welcome; both empty take the wish back."""
        hours = read_hours(hour_from, hour_to)
        if hours is None:
            return self._done("bad_hours")
        request.env.user.partner_id._own_contacts()._set_sms_hours_sudo(request.website.company_id, hours)
        return self._done("hours")

    @privacy_route(f"{PAGE}/data.json")
    def data(self, **_query):
        """Return all that is held of the customer, as a file."""
        data = request.website._privacy_data_sudo(request.env.user.partner_id, self._phone_shown)
        return request.make_response(
            json.dumps(data, ensure_ascii=False, indent=2),
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", content_disposition("my-data.json")),
                ("X-Content-Type-Options", "nosniff"),
                *HEADERS.items(),
            ],
        )

    @privacy_route(f"{PAGE}/erase")
    def erase(self, **_query):
        """Ask whether the customer is sure, and say what will be gone and what stays."""
        values = {**self._prepare_portal_layout_values(), "page_name": "consent_privacy"}
        values["company"] = request.website.company_id
        values["wish"] = request.env["consent.request"]._latest_sudo(request.env.user.partner_id, values["company"])
        return request.render("consent_notify.portal_erase", values, headers=HEADERS)

    @privacy_route(f"{PAGE}/erase", methods=("POST",))
    def erase_confirmed(self, sure="", **_post):
        """Open the request, unless one is open."""
        if sure != "1":
            return request.redirect(f"{PAGE}/erase", 303)
        partner = request.env.user.partner_id
        partner._take_turn_sudo()
        request.env["consent.request"]._ask_sudo(partner, request.website.company_id)
        return request.redirect(f"{PAGE}#erase", 303)

    def _done(self, what):
        """Send the browser back to the page: a reload then repeats nothing."""
        return request.redirect(f"{PAGE}?done={what}#consent_done", 303)
