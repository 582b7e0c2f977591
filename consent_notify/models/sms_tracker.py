from hashlib import sha256

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

from ..tools.redact import redact_words
from ..tools.sms_api import UNKNOWN

REPORTS = [("sent", "On its way"), ("delivered", "Arrived"), ("failed", "Failed")]


class SmsTracker(models.Model):
    """What is known of a text once it left: by which account, when, and what the provider said of it last."""

    _inherit = "sms.tracker"

    order_update_id = fields.Many2one("order.update", ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade", help="Whose account sent it.")
    account = fields.Char(readonly=True, groups=NO_ACCESS, help="The provider and the account there that got it.")
    status_hash = fields.Char(readonly=True, groups=NO_ACCESS, help="Of the token in the address of its receipts.")
    claimed_at = fields.Datetime(readonly=True, help="When it was handed to the provider.")
    report = fields.Selection(REPORTS, "Provider's Last Word", readonly=True)

    _status_hash_unique = models.UniqueIndex("(status_hash) WHERE status_hash IS NOT NULL")
    # Reports name texts by it, and there are as many as texts were ever sent.
    _provider_id_idx = models.Index("(sms_twilio_sid) WHERE sms_twilio_sid IS NOT NULL")
    _claimed_at_idx = models.Index("(claimed_at) WHERE claimed_at IS NOT NULL")

    # ------------------------------------------------------------ before it leaves

    @api.model
    def _status_token(self, uuid):
        """Return what nobody can guess and the address of a text's receipts ends in. Kept nowhere."""
        return self.env["phone.vault"]._mac("sms status", uuid)

    @api.model
    def _find_by_token_sudo(self, token):
        """Return the tracker of the text whose receipts come to `token`, or an empty recordset."""
        return self.sudo().search([("status_hash", "=", _hash(token))], limit=1)

    def _company_sudo(self):
        """Return the company whose account sent the text; of texts from before the addon, their message's."""
        sms = self.env["sms.sms"].search([("uuid", "=", self.sms_uuid)], limit=1) if self.sms_uuid else None
        message = self.mail_notification_id.mail_message_id
        return self.company_id or message.record_company_id or (sms and sms._get_sms_company()) or self.company_id

    @api.model
    def _expect_sudo(self, texts):
        """Note for each claimed text whose account it leaves by and where its receipts come; one statement.

        Texts without a message, such as codes, get their tracker here.
        """
        if not texts:
            return
        self.flush_model()
        uuids = texts.mapped("uuid")
        companies = [sms._get_sms_company() for sms in texts]
        accounts = {company: company._sms_account_sudo() for company in dict.fromkeys(companies)}
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sms_tracker (sms_uuid, company_id, account, status_hash, claimed_at, create_uid,
                                         write_uid, create_date, write_date)
                SELECT k.uuid, k.company_id, k.account, k.hash, %(now)s, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM unnest(%(uuids)s::varchar[], %(companies)s::int[], %(accounts)s::varchar[],
                              %(hashes)s::varchar[])
                       AS k (uuid, company_id, account, hash)
              ORDER BY k.uuid
           ON CONFLICT (sms_uuid) DO UPDATE
                   SET company_id = excluded.company_id,
                       account = excluded.account,
                       status_hash = excluded.status_hash,
                       claimed_at = excluded.claimed_at,
                       -- Of an earlier try nothing counts any more: its id would refuse this one's receipts.
                       report = NULL, sms_twilio_sid = NULL, looks = NULL,
                       forget_after = NULL, forget_tries = NULL, forgotten_at = NULL
                """,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                uuids=uuids,
                companies=[company.id for company in companies],
                accounts=[accounts[company] for company in companies],
                hashes=[_hash(self._status_token(uuid)) for uuid in uuids],
            )
        )
        self.invalidate_model()
        texts.invalidate_recordset(["sms_tracker_id"])

    @api.autovacuum
    def _gc_orphans(self):
        """Drop the trackers of texts that no message, mailing or order tells about; return (done, more)."""
        domain = [
            ("claimed_at", "<", fields.Datetime.subtract(fields.Datetime.now(), days=30)),
            ("mail_notification_id", "=", False),
            ("order_update_id", "=", False),
        ]
        if "mailing_trace_id" in self._fields:
            domain.append(("mailing_trace_id", "=", False))
        old = self.search(domain, limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000

    # ------------------------------------------------------------ what becomes of it

    def _update_sms_notifications(self, notification_status, failure_type=False, failure_reason=False):
        if not self.env["sms.sms"]._gate_is_on():
            return super()._update_sms_notifications(
                notification_status, failure_type=failure_type, failure_reason=failure_reason
            )
        told = self.filtered(lambda tracker: tracker._may_become(notification_status, failure_type))
        told.mail_notification_id.fetch(["notification_status", "failure_type"])
        if notification_status == "exception":
            told._forget_doubt()
        result = super(SmsTracker, told)._update_sms_notifications(
            notification_status,
            failure_type=failure_type,
            failure_reason=redact_words(failure_reason),  # a provider's own words may hold the number
        )
        told.order_update_id._follow_sudo(notification_status, failure_type)
        if failure_type == "sms_optout" and notification_status in ("exception", "bounce"):
            told._opt_out_sudo()
        return result

    def _may_become(self, notification_status, failure_type):
        """Tell whether the provider's last word leaves room for this news. Receipts come late, twice, in any order."""
        if notification_status == "ready":
            return self.report in (False, "failed")  # somebody sends what failed once more
        if self.report == "sent":
            return notification_status not in ("process", "canceled") and failure_type != UNKNOWN
        return not self.report

    def _forget_doubt(self):
        """Let another failure replace "unknown": the core takes one for as good as another."""
        doubtful = self.mail_notification_id.filtered(lambda notification: notification.failure_type == UNKNOWN)
        doubtful.write({"notification_status": "bounce"})

    def _opt_out_sudo(self):
        """The provider refuses this number since its holder stopped the shop's texts: that is the holder's word."""
        self.env["sms.sms"].flush_model(["number"])
        self.env["mail.notification"].flush_model(["sms_number"])
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT t.company_id, v.number_digest FROM sms_tracker t"
                " LEFT JOIN sms_sms s ON s.uuid = t.sms_uuid"
                " LEFT JOIN mail_notification n ON n.id = t.mail_notification_id"
                " JOIN phone_vault v ON v.token = COALESCE(s.number, n.sms_number)"
                " WHERE t.id = ANY(%s) AND t.company_id IS NOT NULL AND v.number_digest IS NOT NULL",
                self.ids,
            )
        )
        for company_id, digest in self.env.cr.fetchall():
            company = self.env["res.company"].browse(company_id)
            self.env["consent.event"]._withdraw_number_sudo(company, digest)


def _hash(token):
    return sha256(token.encode()).hexdigest()
