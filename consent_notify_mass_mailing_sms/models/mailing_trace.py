from odoo import fields, models

from odoo.addons.consent_notify.models.mail_notification import REASONS


class MailingTrace(models.Model):
    """A mailing tells why the gate let a text of it go to nobody, and keeps no number of those it went to."""

    _inherit = "mailing.trace"

    sms_number = fields.Char(sealed=True)
    failure_type = fields.Selection(selection_add=REASONS)
