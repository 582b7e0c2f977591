from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from .guard import assert_identity, assert_transport


class ConsentEvidenceController(http.Controller):
    @http.route("/consent_notify/evidence/<int:wizard_id>", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, wizard_id):
        """Return the zip about one person; it changes nothing but the access log. Every refusal is the same 404."""
        wizard = request.env["consent.evidence"].browse(wizard_id)
        try:
            assert_transport()
            assert_identity()
            if not wizard.exists() or wizard.create_uid != request.env.user:
                return request.not_found()
            content = wizard._file()
        except (AccessError, UserError):
            return request.not_found()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition(f"consent-evidence-{wizard.partner_id.id}.zip")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
