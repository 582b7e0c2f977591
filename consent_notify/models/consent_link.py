from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools import link as link_code

VALID = timedelta(days=90)


class ConsentLink(models.Model):
    """The link in one text: who holds its code may stop the texts to that number, without any login."""

    _name = "consent.link"
    _description = "Link in a Text"

    code_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null", ondelete="set null")
    purpose_id = fields.Many2one(
        "consent.purpose", readonly=True, ondelete="set null", help="Of the text: what its link offers to stop first."
    )
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    update_id = fields.Many2one("order.update", readonly=True, index="btree_not_null", ondelete="set null")
    number_digest = fields.Char(required=True, readonly=True, index=True, groups=NO_ACCESS)
    expires = fields.Datetime(required=True, readonly=True, index=True)
    used_at = fields.Datetime(readonly=True)
    used_for = fields.Selection([("stop", "Stop"), ("complain", "Complaint")], readonly=True)

    _code_hash_unique = models.UniqueIndex("(code_hash)")

    # ------------------------------------------------------------ made at claim

    @api.model
    def _for_sms_sudo(self, sms):
        """Make a link for each `sms.sms` and return {sms id: address as the text shows it}.

        Call it once, when the texts are claimed: each call makes new codes, and a code is kept nowhere.
        """
        digests = self._digests(sms)
        orders = self._orders(sms)
        rows, addresses, hosts = [], {}, {}
        for text in sms.filtered(lambda text: text.id in digests):
            order = orders.get(text.id, self.env["sale.order"])
            company = order.company_id or text._get_sms_company()
            place = (order.website_id, company)
            if place not in hosts:
                hosts[place] = self._host(order or company)
            code = link_code.new_code()
            rows.append((text.id, self._hash(code), company.id, order.id or None, digests[text.id]))
            addresses[text.id] = f"{hosts[place]}/u/{code}"
        if rows:
            self._add_sudo(rows)
        return addresses

    @api.model
    def _add_sudo(self, rows):
        """Keep links in one statement: (sms id, hash of the code, company id, order id or None, number digest)."""
        for name in ("sms.sms", "sms.tracker"):
            self.env[name].flush_model()
        sms_ids, hashes, companies, orders, digests = map(list, zip(*rows, strict=True))
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO consent_link (code_hash, company_id, partner_id, purpose_id, order_id, update_id,
                                          number_digest, expires, create_uid, write_uid, create_date, write_date)
                SELECT k.hash, k.company_id, s.partner_id, s.purpose_id, k.order_id, t.order_update_id,
                       k.digest, %(expires)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM unnest(%(ids)s::int[], %(hashes)s::varchar[], %(companies)s::int[], %(orders)s::int[],
                              %(digests)s::varchar[]) AS k (sms_id, hash, company_id, order_id, digest)
                  JOIN sms_sms s ON s.id = k.sms_id
             LEFT JOIN sms_tracker t ON t.sms_uuid = s.uuid
              ORDER BY k.sms_id
                """,
                expires=now + VALID,
                uid=self.env.uid,
                now=now,
                ids=sms_ids,
                hashes=hashes,
                companies=companies,
                orders=orders,
                digests=digests,
            )
        )

    @api.model
    def _digests(self, sms):
        """Return {sms id: number digest}. Joined in SQL: nobody needs the numbers for it."""
        sms.flush_recordset(["number"])
        self.env.cr.execute(
            SQL(
                "SELECT s.id, v.number_digest FROM sms_sms s JOIN phone_vault v ON v.token = s.number"
                " WHERE s.id IN %s AND v.number_digest IS NOT NULL",
                tuple(sms.ids) or (0,),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _orders(self, sms):
        """Return {sms id: sale.order} of the texts that tell about one."""
        texts_sudo = sms.sudo()  # sudo: the dispatcher works for whoever queued the text
        messages_sudo = texts_sudo.mail_message_id.filtered(lambda message: message.model == "sale.order")
        orders_sudo = messages_sudo.env["sale.order"].browse(messages_sudo.mapped("res_id")).exists()
        orders = {order.id: order for order in orders_sudo}
        return {
            text.id: orders[text.mail_message_id.res_id]
            for text in texts_sudo
            if text.mail_message_id in messages_sudo and text.mail_message_id.res_id in orders
        }

    @api.model
    def _host(self, record):
        """Return the host that links of this order or company stand on: the shop's own, never a shortener."""
        website = record.website_id
        # sudo: the address of a shop is public
        return link_code.without_scheme((website or record).sudo().get_base_url())

    @api.model
    def _hash(self, code):
        return self.env["phone.vault"]._mac("link", code)

    @api.autovacuum
    def _gc_links(self):
        old = self.search([("expires", "<=", fields.Datetime.now() - VALID)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
