from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.drivers import Accepted, Later, Refused
from ..tools.segments import measure
from ..tools.sms_api import LATER, UNKNOWN

# Seconds before the second, third … try; the last of them for all further ones.
BACKOFF = (30, 60, 120, 300, 600, 900)


class SmsSms(models.Model):
    """What is written of the provider's answers, through the core's trackers, so that chatter and orders follow."""

    _inherit = "sms.sms"

    def _record_sudo(self, traffic, outcomes, back):
        """Write what became of claimed texts: a constant number of queries.

        :param outcomes: list of (Text, what the driver answered)
        :param back: list of (Text, seconds to wait) that were not handed over
        """
        bodies = {text.uuid: text.body for text, _outcome in outcomes}
        outcomes = {text.uuid: outcome for text, outcome in outcomes}
        waits = {text.uuid: seconds for text, seconds in back}
        ours = [("uuid", "in", [*outcomes, *waits]), ("claim", "=", traffic.claim)]
        found = self.search_fetch(ours, ["uuid", "state"])
        self._record_ids_sudo(outcomes)
        # A receipt may have been faster than we are: then it has said what there is to say.
        texts = found.filtered(lambda sms: sms.state == "process")
        (found - texts).write({"claim": False})
        refused, again = defaultdict(list), self.browse()
        accepted = self.browse()
        for sms in texts:
            match outcomes.get(sms.uuid):
                case Accepted():
                    accepted += sms
                case Refused(reason=reason, words=words):
                    refused[reason, words].append(sms.id)
                case Later(seconds=seconds):
                    again += sms
                    waits[sms.uuid] = seconds
                case None:
                    again += sms
                case _:
                    refused[UNKNOWN, ""].append(sms.id)
        accepted._record_accepted_sudo(
            {sms.uuid: outcomes[sms.uuid].segments or measure(bodies[sms.uuid])[1] for sms in accepted}
        )
        for (reason, words), ids in refused.items():
            self.browse(ids)._record_failure_sudo(reason, words)
        tried = {uuid for uuid, outcome in outcomes.items() if isinstance(outcome, Later)}
        again._back_to_queue_sudo(waits, tried)
        (accepted + self.browse([sms_id for ids in refused.values() for sms_id in ids]))._tell_chatter_sudo()
        stopped = texts.filtered(lambda sms: _stops(outcomes.get(sms.uuid)))
        for company, group in stopped.grouped(lambda sms: sms._get_sms_company()).items():
            company._alert_sms_stopped_sudo(outcomes[group[0].uuid].reason)

    def _record_ids_sudo(self, outcomes):
        """Keep the provider's ids of accepted texts, which stay when the texts themselves are cleaned up."""
        ids = {uuid: outcome.provider_id for uuid, outcome in outcomes.items() if isinstance(outcome, Accepted)}
        if ids:
            trackers = self.env["sms.tracker"]
            trackers.flush_model(["sms_uuid", "sms_twilio_sid", "report"])
            self.env.cr.execute(
                SQL(
                    "UPDATE sms_tracker t SET sms_twilio_sid = k.provider_id,"
                    # What came between the claim and this about another id is the last word of an earlier try.
                    " report = CASE WHEN t.sms_twilio_sid != k.provider_id THEN NULL ELSE t.report END"
                    " FROM unnest(%s::varchar[], %s::varchar[]) k (uuid, provider_id) WHERE t.sms_uuid = k.uuid",
                    *(list(ids), list(ids.values())),
                )
            )
            trackers.invalidate_model(["sms_twilio_sid", "report"])

    def _record_accepted_sudo(self, segments, state="pending"):
        """Write that the provider has these texts, and what it bills each as: {uuid: how many SMS}."""
        texts = self.with_context(sms_skip_msg_notification=True)
        trackers = texts.env["sms.tracker"].search_fetch(
            [("sms_uuid", "in", texts.mapped("uuid"))],
            ["sms_uuid", "mail_notification_id", "order_update_id", "report"],
        )
        for count, group in trackers.grouped(lambda tracker: segments[tracker.sms_uuid]).items():
            group.order_update_id.segments = count
        trackers._action_update_from_sms_state(state)
        texts.write({"state": state, "failure_type": False, "to_delete": True, "claim": False})

    def _record_failure_sudo(self, reason, words):
        texts = self.with_context(sms_skip_msg_notification=True)
        texts.write({"state": "error", "failure_type": reason, "claim": False})
        texts.sms_tracker_id._action_update_from_sms_state("error", failure_type=reason, failure_reason=words or False)

    def _tell_chatter_sudo(self):
        """Let the open screens of the authors follow. Whoever is away reads it from the database later."""
        for name in ("mail.message", "mail.presence", "res.users"):
            self.env[name].flush_model()
        self.flush_recordset(["mail_message_id"])
        self.env.cr.execute(
            SQL(
                "SELECT m.id FROM mail_message m WHERE m.id IN (SELECT mail_message_id FROM sms_sms WHERE id = ANY(%s))"
                " AND EXISTS (SELECT FROM res_users u JOIN mail_presence p ON p.user_id = u.id"
                " WHERE u.partner_id = m.author_id AND u.active AND p.status != 'offline') ORDER BY m.id",
                self.ids,
            )
        )
        messages = self.env["mail.message"].browse([message_id for (message_id,) in self.env.cr.fetchall()])
        messages._notify_message_notification_update()

    # ------------------------------------------------------------ another try

    def _back_to_queue_sudo(self, waits, tried):
        """Let texts that were certainly not accepted wait for another try, as long as they are news.

        :param waits: {uuid: least seconds to wait, or None}
        :param tried: uuids of those that the provider was asked about
        """
        if self:
            self._uncount_sudo()
        now = fields.Datetime.now()
        groups = defaultdict(list)
        for sms in self:
            attempts = sms.attempts + (sms.uuid in tried)
            seconds = waits.get(sms.uuid) or 0.0
            if sms.uuid in tried:
                seconds = max(seconds, BACKOFF[min(attempts, len(BACKOFF)) - 1])
            hours = sms._get_sms_company().sms_retry_hours
            until = sms.send_until or sms.create_date + timedelta(hours=hours)
            is_too_late = seconds and now + timedelta(seconds=seconds) > until
            groups[None if is_too_late else (attempts, seconds)].append(sms.id)
        for key, ids in groups.items():
            texts = self.browse(ids)
            if key is None:
                texts.write({"claim": False})
                why = texts._news_reasons_sudo(now)
                for reason, late in texts.grouped(lambda sms, why=why: why.get(sms.id, "too_late")).items():
                    late._update_sms_state_and_trackers("canceled", failure_type=reason)
                continue
            attempts, seconds = key
            vals = {"state": "outgoing", "claim": False, "attempts": attempts}
            if seconds:
                vals |= {"send_after": now + timedelta(seconds=seconds), "waits_for": "retry"}
            texts.write(vals)

    # ------------------------------------------------------------ providers of the core's kind

    def _record_results_sudo(self, api_class, results, bodies):
        """Write what a provider of the core's kind answered: {uuid: result as `_send_sms_batch` gives it}.

        :param bodies: {id: what was sent}
        """

        def answer(sms):
            result = results.get(sms.uuid, {})
            return result.get("state", UNKNOWN), result.get("failure_reason") or False

        for (state, words), group in self.grouped(answer).items():
            if success := self.IAP_TO_SMS_STATE_SUCCESS.get(state):
                group._record_accepted_sudo({sms.uuid: measure(bodies[sms.id])[1] for sms in group}, success)
            elif state == LATER:
                group._back_to_queue_sudo({}, set(group.mapped("uuid")))
            else:
                failure = UNKNOWN if state == UNKNOWN else api_class.PROVIDER_TO_SMS_FAILURE_TYPE.get(state, "unknown")
                group._record_failure_sudo(failure, words)
        self._handle_call_result_hook(list(results.values()))
        self._tell_chatter_sudo()


def _stops(outcome):
    return isinstance(outcome, Refused) and outcome.stops_batch
