from odoo import models


class Base(models.AbstractModel):
    """Whom the chatter proposes to write to, with what a document knows of somebody who is no contact yet."""

    _inherit = "base"

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """Mask the numbers in what is proposed: it goes to the browser as it is.

        The contact of whoever is written to is made of the document's own values, on the server.
        """
        proposed = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        vault, sealed = self.env["phone.vault"], self.env["res.partner"]._sealed_names()
        for recipient in (recipient for recipients in proposed.values() for recipient in recipients):
            values = recipient.get("create_values") or {}
            # Without a code: the document's number may be one that somebody wrote there to compare it.
            if masks := {name: vault._mask(values[name]) for name in sealed if values.get(name)}:
                recipient["create_values"] = {**values, **masks}
        return proposed
