from collections import Counter
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from .consent_hours import Ask

# How long a text stands back for an earlier one about the same order that is with the provider.
TURN = timedelta(seconds=5)


class SmsSms(models.Model):
    """The gate's second question: when. What comes too late is refused, what comes too early waits in the queue."""

    _inherit = "sms.sms"

    def _put_off_sudo(self):
        """Have those of `self` wait that may not go now.

        :return: who waits, and {id: why it is too late} for the rest that may not go any more
        """
        texts, now = self.sudo(), fields.Datetime.now()  # sudo: as the whole gate
        too_late = texts._news_reasons_sudo(now)
        goings = self.env["consent.hours"]._goings_sudo(
            texts.filtered(lambda sms: sms.id not in too_late)._asks_sudo(now), now
        )
        too_late.update((sms_id, going.reason) for sms_id, going in goings.items() if going.reason)
        later = {}
        # Asked when it is claimed: until then the earlier one is most likely through.
        at_once = [sms_id for sms_id, going in goings.items() if going.moment == now]
        for sms_id in texts._out_of_turn_sudo(at_once) if self.env.context.get("sms_at_claim") else ():
            later.setdefault((now + TURN, "turn"), []).append(sms_id)
        for sms_id, going in goings.items():
            if going.moment and going.moment > now:
                later.setdefault((going.moment, going.waits_for), []).append(sms_id)
        for (moment, why), ids in later.items():
            waiting = texts.browse(ids).filtered(lambda sms, to=(moment, why): (sms.send_after, sms.waits_for) != to)
            waiting.write({"send_after": moment, "waits_for": why})
        return self.browse([sms_id for ids in later.values() for sms_id in ids]), too_late

    def _asks_sudo(self, now):
        """Return {id: Ask}."""
        numbers = self._numbers_sudo()
        addresses = self._addresses()
        return {
            sms.id: Ask(
                company=sms._get_sms_company(),
                partner=sms.partner_id,
                address=addresses.get(sms.id) or sms.partner_id,
                digest=numbers[sms.id].digest,
                region=numbers[sms.id].region,
                purpose_class=sms.purpose_id.purpose_class,
                earliest=max(sms.send_after or now, now),
                waits_for=sms.waits_for,
                latest=sms.send_until or None,
            )
            for sms in self
        }

    def _addresses(self):
        """Return {id: the contact to whose address an order goes} for texts about orders that say a country."""
        orders = {sms.id: sms.mail_message_id.res_id for sms in self if sms.mail_message_id.model == "sale.order"}
        known = self.env["sale.order"].browse(set(orders.values())).exists()
        known = {order.id: order.partner_shipping_id for order in known}
        return {sms_id: known[order] for sms_id, order in orders.items() if order in known and known[order].country_id}

    # ------------------------------------------------------------ is it still news

    def _news_reasons_sudo(self, now):
        """Return {id: why} of those that are no news any more."""
        reasons, updates = {}, self._updates_sudo()
        for sms in self:
            if why := sms.id in updates and updates[sms.id]._why_no_news_sudo():
                reasons[sms.id] = why
            elif sms.send_until and sms.send_until < now:
                # Nothing else is wrong with it: the customer still does not know.
                reasons[sms.id] = "too_late"
        return reasons

    def _updates_sudo(self):
        """Return {id: the order update that it tells}. The gate reads a few columns of many orders: only those come."""
        self.flush_recordset(["uuid"])
        self.env["sms.tracker"].flush_model(["sms_uuid", "order_update_id"])
        self.env.cr.execute(
            SQL(
                "SELECT s.id, t.order_update_id FROM sms_sms s JOIN sms_tracker t ON t.sms_uuid = s.uuid"
                " WHERE s.id = ANY(%s) AND t.order_update_id IS NOT NULL",
                self.ids,
            )
        )
        found = dict(self.env.cr.fetchall())
        updates = self.env["order.update"].browse(found.values())
        updates.order_id.fetch(["state", "update_stage_id", "partner_shipping_id", "company_id", "website_id"])
        return dict(zip(found, updates, strict=True))

    def _out_of_turn_sudo(self, ids):
        """Return those of `ids` before which another text about the same order is with the provider right now.

        Its row was committed before the newer news was made, so every worker sees it.
        """
        orders = {sms_id: update.order_id.id for sms_id, update in self.browse(list(ids))._updates_sudo().items()}
        if not orders:
            return []
        self.env["order.update"].flush_model(["sms_uuid"])
        self.flush_model(["state", "claim", "uuid"])
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT u.order_id FROM order_update u JOIN sms_sms s ON s.uuid = u.sms_uuid"
                " WHERE u.order_id = ANY(%s) AND s.state = 'process' AND s.claim IS NOT NULL AND s.id <> ALL(%s)",
                list(set(orders.values())),
                list(orders),
            )
        )
        busy = {order for (order,) in self.env.cr.fetchall()}
        return [sms_id for sms_id, order in orders.items() if order in busy]

    # ------------------------------------------------------------ how many

    def _count_claimed_sudo(self):
        """Note, with the claim, which numbers get a text: but for those on the person's own act."""
        self.env["consent.text.count"]._add_sudo(self._per_number_sudo())

    def _uncount_sudo(self):
        """Take back what `_count_claimed_sudo` noted of texts that were certainly not accepted."""
        self.env["consent.text.count"]._take_back_sudo(self._per_number_sudo())

    def _per_number_sudo(self):
        """Return {(company id, number digest): how many of these texts the daily limit counts}."""
        numbers = self._numbers_sudo()
        return Counter(
            (sms._get_sms_company().id, numbers[sms.id].digest)
            for sms in self
            if numbers[sms.id].digest and sms.purpose_id.purpose_class != "service"
        )
