from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    phone = fields.Char(sealed=True)

    # What an update left without its sanitised number is found at every start without reading all contacts.
    _consent_unsanitised_idx = models.Index("(phone) WHERE phone IS NOT NULL AND phone_sanitized IS NULL")

    def _masked_phone(self):
        """Return what a page may show of this contact's number: a mask, or nothing."""
        return self.env["phone.vault"]._mask(self.phone) if self and self.phone else ""

    def _build_vcard(self):
        """A card is a file that travels: it goes without the number, which an officer can be shown."""
        vcard = super()._build_vcard()
        if vcard and "tel" in vcard.contents:
            del vcard.contents["tel"]
        return vcard
