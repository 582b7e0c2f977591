from odoo import fields, http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request

from .guard import assert_transport

TEMPLATE = (
    "external_id,email,name,number,purpose,answer,date,proof,words\r\n"
    ',ada@example.com,,,order_sms,yes,{today},"Paper form, folder 3, page 12","May we text you?"\r\n'
)


class ConsentImportController(http.Controller):
    @http.route("/consent_notify/import/template.csv", type="http", auth="user", methods=["GET"], readonly=True)
    def template(self):
        """Return an example of the file, to be filled in."""
        return self._csv("\ufeff" + TEMPLATE.format(today=fields.Date.today()), "consents.csv")

    @http.route("/consent_notify/import/<int:import_id>/refused.csv", type="http", auth="user", methods=["GET"])
    def refused(self, import_id):
        """Return the refused rows of one's own import, with a reason for each."""
        try:
            assert_transport()
            lines = request.env["consent.import"].browse(import_id).exists()._refused_csv()
        except (AccessError, MissingError, UserError, ValueError):
            return request.not_found()
        return self._csv(lines, "refused.csv")

    def _csv(self, content, name):
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
