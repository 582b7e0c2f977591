from markupsafe import Markup

from odoo import api, models
from odoo.tools import email_normalize_all

from ..tools import anchor


class ConsentAnchor(models.Model):
    """Telling somebody outside how far the log is: what they were told can never be changed unseen any more."""

    _inherit = "consent.anchor"

    @api.model
    def _mail_sudo(self):
        """Queue a message with the latest anchor to each company's witness; it holds nothing about anybody."""
        latest_sudo = self.sudo().search([], limit=1)  # sudo: the chain is one, whoever asks
        values = []
        for company in self.env["res.company"].search([("consent_anchor_email", "!=", False)]):
            to = ", ".join(email_normalize_all(company.consent_anchor_email))
            if latest_sudo and to:
                values.append(latest_sudo.with_context(lang=company.partner_id.lang or "en_US")._message(company, to))
        return self.env["mail.mail"].sudo().create(values)  # sudo: no person writes it

    def _message(self, company, to):
        """Return the values of the message to one company's witness."""
        told = self._told()
        lines = {
            self.env._("Anchor"): f"{self.number}:{anchor.digest_of(told)}",
            self.env._("Time (UTC)"): told["time"],
            self.env._("Events"): self.count,
            self.env._("Root"): self.root,
            self.env._("Signature"): self.signature,
            self.env._("Public key"): self.public_key,
        }
        words = self.env._(
            "Please keep this message. It says how far the log of consents has come: whatever is changed in it before"
            " this point can be found with your copy. It holds nothing about anybody."
        )
        rows = Markup().join(Markup("<tr><td>%s</td><td><code>%s</code></td></tr>") % line for line in lines.items())
        return {
            "subject": self.env._(
                "%(company)s: anchor %(number)s of the consent log", company=company.name, number=self.number
            ),
            "body_html": Markup("<p>%s</p><table>%s</table>") % (words, rows),
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "email_to": to,
            "auto_delete": True,
        }
