from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("come", "Will come"),
    ("later", "Another time"),
    ("call", "Call me"),
    ("cancel", "Cancel the order"),
]


class ConsentLinkAnswer(models.Model):
    """That something was answered behind a link; in which words stands on the order alone.

    Once for each kind and update: a second tap, or another link to the same news, tells the shop nothing new.
    """

    _name = "consent.link.answer"
    _description = "Answer behind a Link"
    _log_access = False

    link_id = fields.Many2one("consent.link", required=True, readonly=True, ondelete="cascade")
    update_id = fields.Many2one("order.update", readonly=True, ondelete="cascade")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    time = fields.Datetime(required=True, readonly=True)

    _once_link = models.UniqueIndex("(link_id, kind)")
    _once_update = models.UniqueIndex("(update_id, kind) WHERE update_id IS NOT NULL")

    @api.model
    def _add_sudo(self, link, kind):
        """Note an answer and return whether it is the first of its kind: of two taps at once, only one is."""
        row = {
            "link_id": link.id,
            "update_id": link.update_id.id or None,
            "kind": kind,
            "time": fields.Datetime.now(),
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_link_answer (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
                SQL(", ").join(map(SQL.identifier, row)),
                tuple(row.values()),
            )
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _kinds_sudo(self, link):
        """Return the kinds that were answered already, behind this link or another one to the same news."""
        about = fields.Domain("link_id", "=", link.id)
        if link.update_id:
            about |= fields.Domain("update_id", "=", link.update_id.id)
        return set(self.sudo().search(about).mapped("kind"))
