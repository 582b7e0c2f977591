from datetime import timedelta
from hashlib import sha256

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools.phone import to_e164
from ..tools.replies import read_reply

KINDS = [
    ("stop", "Stop"),
    ("cancel", "Stop, perhaps the order"),
    ("help", "Help"),
    ("start", "Texts again"),
    ("text", "Free words"),
    ("other", "Number unknown"),
]
KEPT = timedelta(days=30)
DAY = timedelta(days=1)
# To the chatter, from one number in a day: what comes beyond it helps nobody.
NOTES_A_DAY = 20


class ConsentReply(models.Model):
    """A text from a customer came: what it asked for and when. Its words are on the order, its number nowhere.

    Providers send the same one several times; the row makes it count once.
    """

    _name = "consent.reply"
    _description = "Reply by SMS"
    _order = "id desc"
    _rec_name = "kind"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    message_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS, help="Of the provider's id.")
    number_digest = fields.Char(readonly=True, groups=NO_ACCESS)
    time = fields.Datetime("Came", required=True, readonly=True, index=True)
    kind = fields.Selection(KINDS, "Asked for", required=True, readonly=True)
    word = fields.Char(readonly=True, help="The word of the list that it was known by.")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    answered_at = fields.Datetime("Answered", readonly=True)

    _once = models.UniqueIndex("(company_id, message_hash)")
    _number_idx = models.Index("(number_digest, time) WHERE number_digest IS NOT NULL")

    @api.model
    def _receive_sudo(self, company, inbound):
        """Do what a text from a customer asks for, once however often it comes.

        :param inbound: `tools.drivers.Inbound`
        :return: the row, empty for a repetition
        """
        replies_sudo = self.sudo().with_company(company)  # sudo: nobody is signed in; the caller checked who asks
        digest = replies_sudo.env["phone.vault"]._digest(inbound.sender)
        kind, word = read_reply(inbound.body, self.env["consent.reply.word"]._words_sudo())
        reply = replies_sudo._note_sudo(company, inbound, digest, kind or "text", word)
        if not reply or not digest:
            return reply
        is_known = reply._is_known_sudo()
        reply.order_id = is_known and reply._order_sudo()
        if kind in ("stop", "cancel"):
            is_known = reply._stop_sudo(inbound.sender)
        if not is_known:
            reply.write({"kind": kind or "other", "number_digest": False})
        elif kind:
            reply._answer_sudo(inbound)
        elif inbound.body.strip() and reply._may_note_sudo():
            reply._tell_sudo(inbound.body)
        if is_known and kind == "cancel":
            reply._ask_about_order_sudo()
        return reply

    @api.model
    def _note_sudo(self, company, inbound, digest, kind, word):
        """Return the row of this text, or an empty recordset if it was received before."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_reply (company_id, message_hash, number_digest, time, kind, word)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (company_id, message_hash) DO NOTHING RETURNING id",
                company.id,
                sha256(inbound.provider_id.encode()).hexdigest(),
                digest,
                fields.Datetime.now(),
                kind,
                word or None,
            )
        )
        return self.browse([row_id for (row_id,) in self.env.cr.fetchall()])

    # ------------------------------------------------------------ whose

    def _is_known_sudo(self):
        """Tell whether this company has the number: somebody gave it, or a contact has it."""
        subjects_sudo = self.env["consent.subject"].sudo()
        domain = [("company_id", "=", self.company_id.id), ("number_digest", "=", self.number_digest)]
        return bool(subjects_sudo.search_count(domain, limit=1) or self._bearers_sudo())

    def _bearers_sudo(self):
        return self.env["consent.subject"]._bearers_of_sudo(self.company_id, self.number_digest)

    def _order_sudo(self, states=("draft", "sent", "sale")):
        """Return the order a reply is about: the one this number was last told of, else its holder's latest."""
        own = fields.Domain("company_id", "=", self.company_id.id)
        links_sudo = self.env["consent.link"].sudo()
        link = links_sudo.search(
            own
            & fields.Domain("number_digest", "=", self.number_digest)
            & fields.Domain("order_id.state", "in", states),
            order="id desc",
            limit=1,
        )
        if link:
            return link.order_id
        bearers = self._bearers_sudo().ids
        theirs = fields.Domain("partner_id", "in", bearers) | fields.Domain("partner_shipping_id", "in", bearers)
        orders_sudo = self.env["sale.order"].sudo()
        return orders_sudo.search(own & theirs & fields.Domain("state", "in", states), order="id desc", limit=1)

    # ------------------------------------------------------------ stop

    def _stop_sudo(self, sender):
        """Stop the texts to the number; return whether anybody in this company goes by it.

        A number that no contact of any company has goes on the blacklist, so that it counts from the first day. One
        that only another company knows is that company's: nobody here could text it.
        """
        if self.env["consent.event"]._withdraw_number_sudo(self.company_id, self.number_digest, self.order_id.name):
            return True
        subjects_sudo = self.env["consent.subject"].sudo()
        elsewhere = subjects_sudo.search_count([("number_digest", "=", self.number_digest)], limit=1)
        if not elsewhere and not subjects_sudo._bearers_sudo([self.number_digest]):
            number = to_e164(sender, self.company_id.country_id.code)
            self.env["phone.blacklist"].sudo()._add([number])
        return False

    @api.autovacuum
    def _gc_replies(self):
        old = self.search([("time", "<=", fields.Datetime.now() - KEPT)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
