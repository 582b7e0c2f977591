from hmac import compare_digest

from odoo import api, fields, models

TRIES = 5
# Wrong codes of numbers are counted apart from wrong links: neither closes the other's door.
DOOR = "number code"


class ConsentCode(models.Model):
    """Codes typed in, by the customer or by the member of staff to whom they read one out."""

    _inherit = "consent.code"

    @api.model
    def _try_sudo(self, partner, company, typed, address, source="portal", actor="customer", user=None):
        """Do as `_check_sudo` for somebody at the network of `address`, who has so many wrong tries and no more.

        :param partner: empty if there is none to whom a code could have been sent, which is a wrong try as well
        :param user: of the staff, who types it: counted in place of the network, as for sending
        """
        tries = self.env["consent.link.try"]
        if partner and not tries._is_refused_sudo(address, DOOR, user):
            if self._check_sudo(partner, company, typed, source, actor):
                return True
        tries._add_sudo(address, DOOR, user)
        return False

    @api.model
    def _check_sudo(self, partner, company, typed, source="portal", actor="customer"):
        """Tell whether `typed` is the code last sent to the partner's present number; if so, record it.

        One answer for all that is wrong: nothing sent, another number, too late, too many tries, not the code.

        :param actor: who typed it: “customer”, or the user to whom the customer read it out
        """
        typed = "".join(character for character in typed[:40] if character.isdigit())
        digest = self.env["consent.subject"]._digest_of(partner.sudo())
        row = self.sudo().search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("number_digest", "=", digest or ""),
                ("code_hash", "!=", False),
            ],
            order="id desc",
            limit=1,
        )
        now = fields.Datetime.now()
        if not row or row.used_at or row.expires <= now or row.tries >= TRIES:
            # As much work as a wrong code costs.
            compare_digest(self.env["phone.vault"]._mac("number code", "", digest or "", typed), "")
            return False
        is_right = compare_digest(row._hash(row.salt, typed), row.code_hash)
        # Two tries at once: the second fails here and is made again, when it finds the first one counted.
        row.write({"tries": row.tries + 1, "used_at": now if is_right else False})
        row.flush_recordset()
        if is_right:
            self._confirm_sudo(partner, company, source, actor)
        return is_right

    @api.model
    def _confirm_sudo(self, partner, company, source, actor):
        """Append `confirmed` to every use by text that the customer agreed to."""
        agreed = self._agreed_sudo(partner, company)
        answers = [(status.purpose_id, "confirmed", status.text_id) for status in agreed]
        # The number is confirmed even if every yes was taken back in the meantime.
        answers = answers or [(self.env.ref("consent_notify.purpose_service"), "confirmed", None)]
        self.env["consent.event"]._record_sudo(partner, company, answers, source=source, actor=actor)
