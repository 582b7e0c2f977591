"""Pages of their own: no scripts, no menus, nothing from elsewhere, readable on any handset."""

from odoo.http import request

from ..tools.link import without_scheme

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


def texts_of(form):
    """Return the fields of a form that are texts: a file in place of one is left out."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


def plain_page(template, values, company=None, lang=None, status=200):
    """Return the response that shows `template` in the name of `company` (sudo), the website's by default."""
    # sudo: the public words of the shop whose page this is
    company = company or request.env["website"].get_current_website().sudo().company_id
    lang = lang or request.env.lang
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


def insecure_page():
    """Return the refusal over a connection that others could read, with the address to open instead."""
    address = request.httprequest.url.replace("http://", "https://", 1)
    return plain_page("link_insecure", {"address": address}, status=403)
