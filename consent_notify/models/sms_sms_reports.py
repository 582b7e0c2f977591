from odoo import api, models
from odoo.tools import SQL


class SmsSms(models.Model):
    """Texts and the ways their provider speaks of them."""

    _inherit = "sms.sms"

    def _live_bodies_sudo(self):
        # Called once, when the texts are claimed: a receipt may come before the provider's own answer does.
        self.env["sms.tracker"]._expect_sudo(self)
        return super()._live_bodies_sudo()

    @api.model
    def _queued_to_sudo(self, company, digest):
        """Return the texts of `company` that wait for the number of this digest."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT s.id FROM sms_sms s JOIN phone_vault v ON v.token = s.number"
                " WHERE s.state = 'outgoing' AND s.to_delete IS NOT TRUE AND s.claim IS NULL AND v.number_digest = %s"
                " ORDER BY s.id",
                digest,
            )
        )
        texts = self.sudo().browse([sms_id for (sms_id,) in self.env.cr.fetchall()])
        return texts.filtered(lambda sms: sms._get_sms_company() == company)
