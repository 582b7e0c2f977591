import json
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.guard import guard_table

KINDS = [
    ("shown", "Shown"),
    ("granted", "Yes"),
    ("refused", "No"),
    ("withdrawn", "Taken back"),
    ("expired", "Expired"),
    ("confirmed", "Yes, confirmed"),
]
ANSWERS = ("granted", "refused", "withdrawn", "expired")
SOURCES = [
    ("checkout", "Checkout"),
    ("portal", "Portal"),
    ("counter", "Counter"),
    ("telephone", "Telephone"),
    ("paper", "Paper"),
    ("link", "Link in a text"),
    ("inbound_sms", "Reply by SMS"),
    ("import", "Import"),
    ("blacklist", "Blacklist"),
    ("mailing", "E-mail opt-out"),
    ("retention", "Retention"),
]
# The columns that the mac covers, in this order for ever: rows already written are checked by it.
COVERED = (
    *("subject_ref", "company_id", "commitment", "purpose_id", "notice_id", "text_id", "kind", "source"),
    *("actor", "order_name", "website_ref", "lang", "time", "evidence"),
)
GUARD = """
    BEGIN
        RAISE EXCEPTION 'Rows of % are never changed or deleted: append a new one.', TG_TABLE_NAME
              USING ERRCODE = 'restrict_violation';
    END
"""


class ConsentEvent(models.Model):
    """What was shown and answered. The table only grows, and it holds no key to a person: merging, deleting and
    erasing partners never touches it."""

    _name = "consent.event"
    _description = "Consent Event"
    _order = "id desc"
    _log_access = False

    subject_ref = fields.Integer("Subject", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Customer", compute="_compute_partner_id", search="_search_partner_id", compute_sudo=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    commitment = fields.Char(
        readonly=True, help="A salted hash that ties this answer to one number without telling it."
    )
    purpose_id = fields.Many2one("consent.purpose", required=True, readonly=True, ondelete="restrict")
    notice_id = fields.Many2one("consent.notice", readonly=True, ondelete="restrict")
    text_id = fields.Many2one("consent.notice.text", "Words", readonly=True, ondelete="restrict")
    intro = fields.Text(related="text_id.intro")
    label = fields.Text(related="text_id.label")
    details = fields.Text(related="text_id.details")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    actor = fields.Char(readonly=True, help="“customer”, or the user who recorded it.")
    order_name = fields.Char("Order", readonly=True)
    website_ref = fields.Integer(
        "Website ID", readonly=True, help="No foreign key: a website may be deleted, this not."
    )
    website_id = fields.Many2one("website", compute="_compute_website_id", compute_sudo=True)
    lang = fields.Char("Language", readonly=True)
    time = fields.Datetime(required=True, readonly=True)
    evidence = fields.Text(readonly=True)
    mac = fields.Char(required=True, readonly=True)
    is_intact = fields.Boolean(
        "Intact", compute="_compute_is_intact", help="No column was changed since it was written."
    )

    _subject_idx = models.Index("(subject_ref, purpose_id, id)")
    _time_idx = models.Index("(company_id, time)")
    _order_idx = models.Index("(order_name) WHERE order_name IS NOT NULL")

    def init(self):
        self._guard_table(self._table)

    @api.model
    def _guard_table(self, table):
        """Make PostgreSQL refuse UPDATE, DELETE and TRUNCATE of a table, whoever asks; also while replicating."""
        guard_table(self.env.cr, table, "consent_notify_append_only", GUARD)

    # ------------------------------------------------------------ append only

    @api.model_create_multi
    def create(self, vals_list):
        now = fields.Datetime.now()
        rows = [{**vals, "time": vals.get("time") or now} for vals in vals_list]
        return super().create([{**row, "mac": self._mac_of(row)} for row in rows])

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A consent event is never changed: record a new answer."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("A consent event is never deleted: record a new answer."))  # pylint: disable=no-raise-unlink

    @api.model
    def _mac_of(self, row):
        """Return the keyed hash over the covered columns of `row` ({name: raw value})."""
        texts = []
        for name in COVERED:
            value = row.get(name) or ""
            texts.append(
                fields.Datetime.to_string(fields.Datetime.to_datetime(value)) if name == "time" else str(value)
            )
        return self.env["phone.vault"]._mac("event", *texts)

    @api.depends("mac")
    def _compute_is_intact(self):
        for event in self:
            row = {name: event[name].id if event._fields[name].relational else event[name] for name in COVERED}
            event.is_intact = event.mac == self._mac_of(row)

    # ------------------------------------------------------------ who and where

    @api.depends("purpose_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            event.display_name = f"{event.purpose_id.name or ''} · {kinds.get(event.kind, '')}"

    @api.depends("subject_ref")
    def _compute_partner_id(self):
        subjects = self.env["consent.subject"].browse(set(self.mapped("subject_ref"))).exists()
        partners = {subject.id: subject.partner_id for subject in subjects}
        for event in self:
            event.partner_id = partners.get(event.subject_ref, False)

    @api.model
    def _search_partner_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        # sudo: whose events one may see is decided by the rules of this model and of the partner
        found = self.env["consent.subject"].sudo()._search([("partner_id", operator, value)]).subselect()
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL("%s IN %s", SQL.identifier(alias, "subject_ref"), found)
        )

    @api.depends("website_ref")
    def _compute_website_id(self):
        for event in self:
            event.website_id = self.env["website"].browse(event.website_ref).exists() if event.website_ref else False

    # ------------------------------------------------------------ recording

    @api.model
    def _record_sudo(self, partner, company, answers, number_digest=None, website=None, evidence=None, **columns):
        """Append one batch of events and return them.

        :param answers: iterable of (purpose, kind, text): consent.purpose, one of `KINDS`, consent.notice.text or None
        :param number_digest: of a number the partner had before, if not the present one
        :param dict evidence: what else proves it; never anything about the person
        :param columns: `source`, and perhaps `order_name`, `lang`, `actor`: the same for all
        """
        subject_sudo = self.env["consent.subject"]._find_or_make_sudo(partner, company, number_digest)
        common = {
            "actor": "customer",
            "website_ref": website.id if website else False,
            "evidence": json.dumps(evidence, sort_keys=True) if evidence else False,
            **columns,
        }
        rows = []
        for purpose, kind, text in answers:
            text_sudo = text.sudo() if text else self.env["consent.notice.text"]
            rows.append(
                {
                    **common,
                    **text_sudo._guardian_evidence(evidence),
                    "purpose_id": purpose.id,
                    "kind": kind,
                    "text_id": text_sudo.id,
                    "notice_id": text_sudo.notice_id.id,
                    "lang": text_sudo.lang or common.get("lang"),
                }
            )
        return self._append_sudo(subject_sudo, rows)

    @api.model
    def _append_sudo(self, subjects_sudo, rows):
        """Append every one of `rows` ({column: value}) for every subject, and return the events."""
        return self.sudo().create(
            [
                {
                    **row,
                    "subject_ref": subject_sudo.id,
                    "company_id": subject_sudo.company_id.id,
                    "commitment": self._commitment(subject_sudo),
                }
                for subject_sudo in subjects_sudo
                for row in rows
            ]
        )

    @api.model
    def _commitment(self, subject_sudo):
        """Return a salted hash of the number's digest: proof for whoever holds the number, a riddle for others."""
        if not subject_sudo.number_digest or not subject_sudo.salt:
            return None
        return sha256(f"{subject_sudo.salt}:{subject_sudo.number_digest}".encode()).hexdigest()

    @api.model
    def _withdraw_sudo(self, partner, company, purposes, source, actor="customer", order_name=None):
        """Take back what this partner, and whoever has the same number before this company, agreed to.

        It also holds against a purpose that rests on the contract. What is withdrawn already is not repeated.
        """
        Subject_sudo = self.env["consent.subject"].sudo()
        own_sudo = Subject_sudo._find_or_make_sudo(partner, company)
        domain = fields.Domain("partner_id", "=", partner.id)
        if own_sudo.number_digest:
            # A STOP comes from the handset: whoever gave the same number shares it.
            domain |= fields.Domain("number_digest", "=", own_sudo.number_digest)
        subjects_sudo = Subject_sudo.search(domain & fields.Domain("company_id", "=", company.id))
        return self._withdraw_subjects_sudo(subjects_sudo, purposes, source, actor, order_name)

    @api.model
    def _withdraw_subjects_sudo(self, subjects_sudo, purposes, source, actor="customer", order_name=None):
        """Take back what these subjects agreed to, but for what is withdrawn already; return the events."""
        latest = self._latest(subjects_sudo, purposes)
        events = self.sudo()
        for purpose in purposes:
            standing = subjects_sudo.filtered(lambda s, p=purpose: latest.get((s.id, p.id), [""])[0] != "withdrawn")
            row = {"purpose_id": purpose.id, "kind": "withdrawn", "source": source, "actor": actor}
            events += self._append_sudo(standing, [{**row, "order_name": order_name}])
        return events

    @api.model
    def _latest(self, subjects_sudo, purposes, kinds=ANSWERS):
        """Return {(subject id, purpose id): (kind, order's name, id of the words)} of the latest of these kinds."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT ON (subject_ref, purpose_id) subject_ref, purpose_id, kind, order_name, text_id"
                " FROM consent_event WHERE subject_ref = ANY(%s) AND purpose_id = ANY(%s) AND kind IN %s"
                " ORDER BY subject_ref, purpose_id, id DESC",
                list(subjects_sudo.ids),
                list(purposes.ids),
                kinds,
            )
        )
        return {(subject, purpose): tuple(row) for subject, purpose, *row in self.env.cr.fetchall()}
