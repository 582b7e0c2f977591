from odoo import fields, models

# What the gate answers. Shared with `sms.sms`; the core's chatter shows it on the notification.
REFUSALS = [
    ("no_purpose", "Its template has no purpose: choose one"),
    ("consent_missing", "No Consent"),
    ("consent_refused", "Consent Refused"),
    ("consent_withdrawn", "Consent Withdrawn"),
    ("consent_expired", "Consent Expired"),
    ("minor", "Under Age: no Offers"),
    ("consent_unconfirmed", "Number not confirmed by its code yet"),
    ("code_stale", "Not sent: the code waited too long, the customer may ask for another"),
    ("no_provider", "No SMS Provider"),
    ("superseded", "Not sent: a newer update took its place"),
    ("no_contract", "Not sent: no valid data-processing agreement with the SMS provider is on file"),
    ("switched_off", "Texts are switched off in the settings"),
    ("daily_cap", "Not sent: enough texts for that day, and later it is no news"),
    ("stale", "Not sent: it was no longer true when its moment came"),
    ("no_hours", "No hour is allowed everywhere this number may be: write the customer's country and state"),
]
REASONS = [
    *REFUSALS,
    ("outcome_unknown", "Unknown whether Sent"),
    ("too_late", "Not sent: it could not go in time"),
    ("no_words", "Not sent: the text could not be written, tell your administrator"),
    ("number_unreadable", "Not sent: the number cannot be opened, tell your administrator"),
]
# The core knows these for notifications alone; a provider may say them at once.
DELIVERY = [
    ("sms_expired", "Expired"),
    ("sms_invalid_destination", "Invalid Destination"),
    ("sms_not_allowed", "Not Allowed"),
    ("sms_not_delivered", "Not Delivered"),
    ("sms_rejected", "Rejected"),
]


class MailNotification(models.Model):
    _inherit = "mail.notification"

    sms_number = fields.Char(sealed=True)
    failure_type = fields.Selection(
        selection_add=[*REASONS, ("sms_blacklist", "Blacklisted"), ("sms_optout", "Opted Out")]
    )
