from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.report import ReportController

from ..tools.marks import Printer


class PrintDoorController(ReportController):
    """Where somebody prints: the one place from which a report may be a door."""

    @http.route()
    def report_routes(self, reportname, *args, **kwargs):
        request.update_context(consent_notify_printer=Printer(request.env.uid))
        return super().report_routes(reportname, *args, **kwargs)
