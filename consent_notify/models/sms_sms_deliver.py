import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import groupby, split_every
from odoo.tools.urls import urljoin

from ..tools import phone
from ..tools.drivers import Misconfigured, Refused, Text, twilio_reports
from ..tools.drivers.lane import Lane
from ..tools.errors import ConsentNotifyError
from ..tools.sms_api import LATER, ONE, UNKNOWN, GatePass, NoAnswer
from .sms_sms_take import held_companies

_logger = logging.getLogger(__name__)

E164 = re.compile(r"\+[1-9]\d{6,14}")
# Outcomes are recorded when so many have come, or when the first of them is so many seconds old.
RECORD, RECORD_SECONDS = 100, 1.0


@dataclass
class Traffic:
    """What one run of the dispatcher has under way: a lane for each company, and what they have to say."""

    claim: str
    batch: int
    done: SimpleQueue = field(default_factory=SimpleQueue)
    lanes: dict = field(default_factory=dict)  # {company id: Lane, or None for a provider of the core's kind}
    rated: set = field(default_factory=set)  # ids of companies whose rate this run keeps
    locked_out: set = field(default_factory=set)  # … and of those whose rate another worker keeps
    digests: dict = field(default_factory=dict)  # {company id: digest of the settings that its lane was made with}
    hosts: dict = field(default_factory=dict)  # {company id: address for receipts and country, for texts of a lane}
    companies: dict = field(default_factory=dict)  # {text id: company id} of what was looked at last
    holds: dict = field(default_factory=dict)  # {company id: {beginning of a number: seconds}}, of any worker
    barren: dict = field(default_factory=dict)  # {companies without room: until when nobody else had a text}
    loose: set = field(default_factory=set)  # uuids of claimed texts that no lane and no provider got yet

    def heed(self, holds):
        """Take note of what providers have asked any worker for."""
        self.holds = holds
        for company_id, prefixes in holds.items():
            if lane := self.lanes.get(company_id):
                for prefix, seconds in prefixes.items():
                    lane.hold(prefix, seconds)

    def take_holds(self, is_over=False):
        """Return {company id: {beginning of a number: seconds}}: what the lanes have learnt since the last call."""
        told = {company_id: lane.take_holds(is_over) for company_id, lane in self.lanes.items() if lane}
        return {company_id: holds for company_id, holds in told.items() if holds}

    def barred(self):
        """Return the ids of the companies of which this run takes no more: held, or in another worker's hands."""
        held = {company_id for company_id, lane in self.lanes.items() if lane and lane.is_held()}
        return self.locked_out | held_companies(self.holds) | held

    def room(self, company_id):
        """Return how many texts of a company may be claimed now."""
        if company_id in self.barred():
            return 0
        lane = self.lanes.get(company_id)
        return lane.room(self.batch) if lane else self.batch

    def full(self):
        """Return the ids of the companies that have no room."""
        return self.barred() | {
            company_id for company_id, lane in self.lanes.items() if lane and not lane.room(self.batch)
        }

    def open(self):
        return [lane for lane in self.lanes.values() if lane]

    def is_busy(self):
        """Tell whether texts are under way that nobody has recorded."""
        return any(lane.is_busy() for lane in self.open()) or not self.done.empty()

    def collect(self, is_hungry):
        """Wait for news; return outcomes [(text, outcome)] and what comes back unsent [(text, seconds to wait)].

        :param is_hungry: texts wait in the queue: come back as soon as a lane has room for more
        """
        outcomes, back = [], []
        end = time.monotonic() + RECORD_SECONDS
        while len(outcomes) < RECORD:
            back += [one for lane in self.open() for one in lane.take_back()]
            if back or not self.is_busy() or (is_hungry and self.done.empty() and self._has_room()):
                break
            left = end - time.monotonic()
            if left <= 0:
                break
            with suppress(Empty):
                # In small portions: a lane may fall idle or give something up meanwhile.
                outcomes.append(self.done.get(timeout=min(left, 0.1)))
        with suppress(Empty):
            while len(outcomes) < RECORD:
                outcomes.append(self.done.get_nowait())
        return outcomes, back

    def _has_room(self):
        return any(lane.room(self.batch) for lane in self.open())

    def take_back(self):
        """Return [(text, seconds to wait)] of all that was not handed over: no further request starts."""
        loose, self.loose = self.loose, set()
        back = [one for lane in self.open() for one in lane.take_back(everything=True)]
        return back + [(Text(uuid, "", ""), 0.0) for uuid in loose]

    def refuse(self, texts, reason):
        """Say of claimed texts that they go to nobody, and why."""
        for sms in texts:
            self.done.put((Text(sms.uuid, "", ""), Refused(reason)))
        self.loose.difference_update(texts.mapped("uuid"))

    def close(self):
        """Start no more requests and let the threads go."""
        self.take_back()
        for lane in self.open():
            lane.close()


class SmsSms(models.Model):
    """How claimed texts reach the provider: in the lane of their company, or in one call of the core's kind."""

    _inherit = "sms.sms"

    def _deliver_sudo(self, traffic, bodies):
        """Hand texts to their companies' lanes, which send them from threads; others in one call, here and now."""
        known = self.exists()
        traffic.loose = set(known.mapped("uuid"))
        unopened = known._unopened_sudo()
        traffic.refuse(unopened, "number_unreadable")
        for company_id, texts in (known - unopened).grouped(lambda sms: traffic.companies[sms.id]).items():
            if lane := traffic.lanes.get(company_id):
                gone = texts.filtered(lambda sms: not sms.number)  # erased since it was claimed
                traffic.refuse(gone, "sms_number_missing")
                opened = (texts - gone)._texts_sudo(*traffic.hosts[company_id], bodies)
                lane.put(opened)
                traffic.loose.difference_update(text.uuid for text in opened)
            else:
                texts._deliver_by_core_sudo(traffic, self.env["res.company"].browse(company_id), bodies)

    def _open_lane_sudo(self, traffic, company):
        """Make the lane of a company, once. A rate holds for all workers: where there is one, a single worker sends."""
        if company.id in traffic.lanes or company.id in traffic.locked_out:
            return
        try:
            driver = company._sms_driver_sudo()
        except (UserError, ConsentNotifyError, ValueError, TypeError, LookupError) as error:
            # One company's settings are no reason for the others to wait.
            _logger.error("The account of company %s cannot be used: %s.", company.id, type(error).__name__)
            driver = Misconfigured("sms_acc")
        if driver and driver.per_second:
            if not self._try_lock(f"sms rate {company.id}"):
                traffic.locked_out.add(company.id)
                return
            traffic.rated.add(company.id)
        lane = traffic.lanes[company.id] = driver and Lane(driver, traffic.done)
        if lane:
            traffic.digests[company.id] = company._sms_settings_digest_sudo()
            receipts = urljoin(company.get_base_url(), twilio_reports.STATUS)
            traffic.hosts[company.id] = receipts, company.country_id.code
            traffic.heed(traffic.holds)

    def _texts_sudo(self, receipts, region, bodies):
        """Open the numbers: return what the driver is given.

        :param receipts: address that a text's token is added to
        """
        token = self.env["sms.tracker"]._status_token
        return [
            Text(
                sms.uuid,
                self._e164(sms.number or "", region),
                bodies[sms.id],
                f"{receipts}{token(sms.uuid)}",
            )
            for sms in self
        ]

    def _e164(self, number, region):
        return number if E164.fullmatch(number) else phone.to_e164(number, region) or number

    # ------------------------------------------------------------ the sandbox, Odoo's service, other modules' providers

    def _deliver_by_core_sudo(self, traffic, company, bodies):
        """Call the provider and record what it answers, with a commit after each call."""
        env = self.with_company(company).with_context(sms_gate_pass=GatePass()).env
        api_class = company.with_env(env)._get_sms_api_class()
        for ids in split_every(getattr(api_class, "BATCH", ONE), self.ids):
            batch = self.browse(ids)
            traffic.loose.difference_update(batch.mapped("uuid"))
            results = batch.with_env(env)._call_provider(api_class, company, bodies)
            batch._retry_and_commit(partial(batch._record_results_sudo, api_class, results, bodies))

    def _call_provider(self, api_class, company, bodies):
        """Return what the provider says of these texts: {uuid: result}. Never raises: a claim has to be settled."""
        try:
            driver = api_class(self.env)
            driver._set_company(company.with_env(self.env))
            messages = [
                {"content": body, "numbers": [{"number": sms.number, "uuid": sms.uuid} for sms in texts]}
                for body, texts in groupby(self, key=lambda sms: bodies[sms.id])
            ]
            reports = urljoin(company.get_base_url(), "/sms/status")
            results = driver._send_sms_batch(messages, delivery_reports_url=reports)
            # What a driver wrote stays, whatever becomes of our own record of it.
            self.env["ir.cron"]._commit_progress(0)
            return {result["uuid"]: result for result in results}
        except NoAnswer as error:
            state = UNKNOWN if error.sent else LATER
            return {sms.uuid: {"uuid": sms.uuid, "state": state} for sms in self}
        except Exception as error:
            self.env.cr.rollback()
            # Its text may hold a number.
            _logger.error("The driver of an SMS provider failed with %s.", type(error).__name__)
            return {}
