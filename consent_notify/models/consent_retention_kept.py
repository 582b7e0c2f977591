from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

# An order that nobody ever closed counts as open for so long, else its number would never go.
OPEN_MONTHS = 36


class ConsentRetention(models.Model):
    """Whose numbers stay though their term is over."""

    _inherit = "consent.retention"

    def _kept(self, partners, now):
        """Return those of the partner ids whose numbers are not touched: staff, vendors, our own, open business."""
        conditions = [
            self.env["res.partner"]._ours_sql("p", former=True),
            SQL("p.commercial_partner_id IN (SELECT partner_id FROM res_company)"),
            SQL("p.supplier_rank > 0 OR EXISTS (SELECT FROM product_supplierinfo i WHERE i.partner_id = p.id)"),
            SQL(
                "p.id IN (SELECT partner_id FROM sms_sms WHERE state IN ('outgoing', 'process'))"
                " OR p.phone IN (SELECT number FROM sms_sms WHERE state IN ('outgoing', 'process'))"
                " OR p.phone_sanitized IN (SELECT number FROM sms_sms WHERE state IN ('outgoing', 'process'))"
            ),
            SQL(
                "EXISTS (SELECT FROM sale_order o WHERE (%s) AND p.id = o.partner_id)"
                " OR EXISTS (SELECT FROM sale_order o WHERE (%s) AND p.id = o.partner_invoice_id)"
                " OR EXISTS (SELECT FROM sale_order o WHERE (%s) AND p.id = o.partner_shipping_id)",
                *[self._open_order(now)] * 3,
            ),
        ]
        if "hr.employee" in self.env:
            conditions.append(SQL("EXISTS (SELECT FROM hr_employee e WHERE e.work_contact_id = p.id)"))
        if "purchase.order" in self.env:
            conditions.append(SQL("EXISTS (SELECT FROM purchase_order o WHERE o.partner_id = p.id)"))
        self.env.cr.execute(
            SQL(
                "SELECT p.id FROM res_partner p WHERE p.id = ANY(%s) AND ((%s))",
                list(partners),
                SQL(") OR (").join(conditions),
            )
        )
        return {partner for (partner,) in self.env.cr.fetchall()}

    def _open_order(self, now):
        """Return the condition for an order `o` that is still to be made, delivered, collected or invoiced."""
        pending = [
            SQL("o.invoice_status = 'to invoice'"),
            SQL("o.commitment_date >= %s", now - timedelta(days=1)),
        ]
        if "delivery_status" in self.env["sale.order"]._fields:
            pending.append(SQL("o.delivery_status IN ('pending', 'started', 'partial')"))
        return SQL(
            "o.state IN ('draft', 'sent') AND o.validity_date >= %(today)s"
            " OR o.state = 'sale' AND o.date_order > %(oldest)s AND (%(pending)s)"
            " AND NOT EXISTS (SELECT FROM order_update_stage s WHERE s.id = o.update_stage_id"
            " AND s.code IN ('delivered', 'cancelled'))",
            today=now.date(),
            oldest=now - relativedelta(months=OPEN_MONTHS),
            pending=SQL(" OR ").join(pending),
        )
