from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.base.models.res_users import check_identity

SAVED = "consent_notify.recovery_kit_fingerprint"
MIN_LENGTH = 12
MIN_DIFFERENT = 6


class ConsentRecoveryKit(models.AbstractModel):
    """The keyring under a passphrase, for the shop's safe.

    There is no table behind this: what the manager types goes from the request to the cipher and is forgotten.
    """

    _name = "consent.recovery.kit"
    _description = "Recovery Kit of the Keyring"

    @api.model
    def _assert_manager(self):
        if not self.env.user.has_group("consent_notify.group_manager"):
            raise AccessError(
                self.env._("Only a manager of consents may save the recovery kit: ask one, or your administrator.")
            )

    @check_identity
    def action_open(self):
        """Open the dialog; asks for the password again if that was more than ten minutes ago."""
        self._assert_manager()
        return {"type": "ir.actions.client", "tag": "consent_notify.recovery_kit", "target": "new"}

    @api.model
    def _is_saved(self):
        """Tell whether the kit of the present keys was ever downloaded; a new key asks for a new kit."""
        saved = self.env["ir.config_parameter"].sudo().get_param(SAVED)  # sudo: a fingerprint, asked on every page
        return bool(saved) and saved == self.env["phone.vault"]._keyring().kit_fingerprint

    @api.model
    def _is_missing(self):
        """Tell whether this user should be asked to save the kit. Never raises: it is asked on every page."""
        if not self.env.user.has_group("consent_notify.group_manager"):
            return False
        try:
            return not self._is_saved()
        except UserError:  # the keyring itself cannot be read: whoever opens a number is told
            return True

    @api.model
    def _export(self, passphrase, again):
        """Return the kit (bytes) and remember that this version was handed out.

        :raises UserError: if the passphrase is weak or was mistyped; the message never repeats it
        """
        self._assert_manager()
        self._check_passphrase(passphrase, again)
        keyring = self.env["phone.vault"]._keyring()
        kit = keyring.export_kit(passphrase)
        # sudo: parameters belong to administrators; the manager only marks a fingerprint, which opens nothing
        self.env["ir.config_parameter"].sudo().set_param(SAVED, keyring.kit_fingerprint)
        return kit

    @api.model
    def _check_passphrase(self, passphrase, again):
        if not passphrase:
            raise UserError(self.env._("Type a passphrase: without one the kit would protect nothing."))
        if passphrase != again:
            raise UserError(self.env._("The two passphrases differ: type the same one twice."))
        if len(passphrase) < MIN_LENGTH:
            raise UserError(
                self.env._("The passphrase is too short: use at least %(count)s characters.", count=MIN_LENGTH)
            )
        if len(set(passphrase)) < MIN_DIFFERENT or passphrase.casefold() in self._guesses():
            raise UserError(self.env._("The passphrase is easy to guess: four unrelated words do well."))

    @api.model
    def _guesses(self):
        user = self.env.user
        words = [user.login, user.name, user.email, self.env.cr.dbname, *user.company_ids.mapped("name")]
        return {word.casefold() for word in words if word}
