from odoo import models

from ..tools.marks import OwnFilter


class BaseAutomation(models.Model):
    """The conditions of an automation may go by a part of a number, such as its country.

    Administrators alone write them; whoever sets one off does not see what it compared.
    """

    _inherit = "base.automation"

    def _filter_pre(self, records, feedback=False):
        found = super()._filter_pre(self._marked(records), feedback)
        return found.with_context(consent_notify_filter=False)

    def _filter_post_export_domain(self, records, feedback=False):
        found, domain = super()._filter_post_export_domain(self._marked(records), feedback)
        return found.with_context(consent_notify_filter=False), domain

    def _marked(self, records):
        return records.with_context(consent_notify_filter=OwnFilter(self.ids))
