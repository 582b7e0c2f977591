from collections import namedtuple
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import format_date, format_time

from .consent_hours import Ask
from .res_partner_number import NO_NUMBER

# When a text would go (UTC), or None; that in a sentence for the staff; why it would not go, or False.
Forecast = namedtuple("Forecast", "moment words refusal")
# Before these stages the counter is about to press "Ready".
BEFORE_READY = ("confirmed", "preparing", "delayed")


class SaleOrder(models.Model):
    """When the customer will be told, said before anything is sent and as long as it waits."""

    _inherit = "sale.order"

    update_when = fields.Char("When", compute="_compute_update_when", compute_sudo=True)
    ready_when = fields.Char("If ready now", compute="_compute_ready_when", compute_sudo=True)

    @api.depends("update_stage_id", "update_ids.state")
    @api.depends_context("lang", "tz", "uid")
    def _compute_update_when(self):
        latest = {order: order._updates_of(order.update_stage_id)[:1] for order in self}
        waiting = {order: update for order, update in latest.items() if update.state == "waiting"}
        texts = self.env["sms.sms"].search(
            [("uuid", "in", [update.sms_uuid for update in waiting.values()]), ("state", "=", "outgoing")]
        )
        by_uuid = {sms.uuid: sms for sms in texts}
        now = fields.Datetime.now()
        zones = self.env["consent.hours"]._zones_of_orders(self.browse(order.id for order in waiting))
        for order in self:
            sms = by_uuid.get(waiting[order].sms_uuid) if order in waiting else None
            order.update_when = sms and order._when_words(max(sms.send_after or now, now), zones[order.id], now)

    @api.depends("update_stage_id", "state", "partner_id", "partner_shipping_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_ready_when(self):
        before = self.filtered(lambda order: order.state == "sale" and order.update_stage_id.code in BEFORE_READY)
        whens = before._when_they_will_go_sudo("ready")
        for order in self:
            order.ready_when = whens[order.id].words if order in before else False

    # ------------------------------------------------------------ what a text would meet now

    def _when_it_will_go(self, purpose=None, code=None):
        """Return (moment in UTC or None, one sentence for the staff): what a text written now would meet.

        :param purpose: `consent.purpose`; that of order updates by default
        :param str code: of the order's stage the text would be about, if it is about one
        """
        self.ensure_one()
        self.check_access("read")
        return self._when_they_will_go_sudo(code, purpose)[self.id][:2]

    def _when_they_will_go_sudo(self, code=None, purpose=None):
        """Return {id: Forecast}. Queries: constant per company. The gate decides anew when the text leaves."""
        orders, now = self.sudo(), fields.Datetime.now()  # sudo: the gate decides for every caller
        purpose = (purpose or self.env["consent.purpose"]._by_code("order_sms")).sudo()
        stages = {company: orders.update_stage_id._for(company, code) for company in orders.company_id} if code else {}
        numbers = orders.partner_id._numbers_sudo()
        reasons = orders._reasons_sudo(purpose, numbers)
        asks = {}
        for order in orders:
            stage = stages.get(order.company_id)
            number = numbers.get(order.partner_id.id, NO_NUMBER)
            if reasons[order.id] or (code and not (stage and stage.is_on and stage.template_id)):
                continue
            asks[order.id] = Ask(
                company=order.company_id,
                partner=order.partner_id,
                address=order.partner_shipping_id if order.partner_shipping_id.country_id else order.partner_id,
                digest=number.digest,
                region=number.region,
                purpose_class=purpose.purpose_class,
                earliest=now + timedelta(minutes=stage.delay_minutes if stage else 0),
                waits_for="delay",
                latest=now + timedelta(minutes=stage.delay_minutes, hours=stage.news_hours) if stage else None,
            )
        goings = self.env["consent.hours"]._goings_sudo(asks, now)
        labels = dict(self.env["order.update"]._selection_reason())
        whens = {}
        for order in orders:
            going = goings.get(order.id)
            if going and going.moment:
                words = order._when_words(going.moment, going.zones, now)
                whens[order.id] = Forecast(going.moment, words, False)
                continue
            reason = going.reason if going else reasons[order.id]
            why = labels.get(reason, reason) if reason else self.env._("texts at this stage are off")
            whens[order.id] = Forecast(None, self.env._("Not told: %(why)s", why=why), why)
        return whens

    def _reasons_sudo(self, purpose, numbers):
        """Return {id: why the gate would refuse a text of this purpose at any hour, or None}."""
        texts = self.env["sms.sms"]
        keys = {
            order.id: (order.company_id.id, order.partner_id.id, number.digest, purpose.id)
            for order in self
            if (number := numbers.get(order.partner_id.id, NO_NUMBER)).digest and purpose.purpose_class != "service"
        }
        verdicts = self.env["consent.status"]._verdicts(set(keys.values())) if keys else {}
        blacklisted = texts._blacklisted_digests_sudo({number.digest for number in numbers.values() if number.digest})
        companies = texts._company_reasons_sudo(self.company_id)
        reasons = {}
        for order in self:
            number = numbers.get(order.partner_id.id, NO_NUMBER)
            verdict = verdicts.get(keys[order.id], "consent_missing") if order.id in keys else None
            is_blacklisted = number.digest in blacklisted
            why = texts._reason(purpose, order.company_id, number, verdict, is_blacklisted)
            reasons[order.id] = why or companies.get(order.company_id)
        return reasons

    # ------------------------------------------------------------ words

    def _when_words(self, moment, zones, now):
        """Return the sentence that says when a text goes, by the customer's clock if it is known, else the reader's."""
        if moment <= now:
            return self.env._("The customer will be told at once.")
        yours = ZoneInfo(self.env.context.get("tz") or self.env.user.tz or "UTC")
        aware = moment.replace(tzinfo=UTC)
        theirs = {aware.astimezone(zone).utcoffset(): zone for zone in map(ZoneInfo, zones)}
        zone = next(iter(theirs.values())) if len(theirs) == 1 else yours
        local = aware.astimezone(zone)
        days = (local.date() - now.replace(tzinfo=UTC).astimezone(zone).date()).days
        if days > 1:
            date = format_date(self.env, local.date(), date_format=self.env._("d MMM"))
            day = self.env._("on %(date)s", date=date)
        else:
            day = self.env._("tomorrow") if days else self.env._("today")
        words = {"day": day, "time": format_time(self.env, local.time().replace(tzinfo=None), time_format="short")}
        if len(theirs) > 1:
            return self.env._("The customer will be told %(day)s at %(time)s, your time.", **words)
        if local.utcoffset() != aware.astimezone(yours).utcoffset():
            return self.env._("The customer will be told %(day)s at %(time)s, their time.", **words)
        return self.env._("The customer will be told %(day)s at %(time)s.", **words)
