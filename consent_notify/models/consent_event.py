from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import event_row, event_stream, merkle
from ..tools.guard import APPEND_ONLY, APPEND_ONLY_EVENTS, guard_table

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
    ("email", "Link in an e-mail"),
    ("inbound_sms", "Reply by SMS"),
    ("import", "Import"),
    ("blacklist", "Blacklist"),
    ("mailing", "E-mail opt-out"),
    ("retention", "Retention"),
]
# What the staff note for whoever told them. None of it is proof of a number: that is the code alone.
BY_STAFF = ("counter", "telephone", "paper")


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
        if table == self._table:
            guard_table(self.env.cr, table, "consent_notify_append_only_events", APPEND_ONLY_EVENTS)
        else:
            guard_table(self.env.cr, table, "consent_notify_append_only", APPEND_ONLY)

    # ------------------------------------------------------------ append only

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Append events, all in one statement: the mac covers the id, so that a row is worth nothing in another place.

        :raises AccessError: for everybody; the code that records answers does it with `sudo()`
        """
        self.check_access("create")
        if not vals_list:
            return self.browse()
        ids = self._next_ids(len(vals_list))
        rows = [self._row_of(vals) for vals in vals_list]
        for event_id, row in zip(ids, rows, strict=True):
            texts = {name: None if value is None else str(value) for name, value in row.items()}
            row["mac"] = event_row.mac_of(self._mac_key(), {"id": event_id, **texts})
        self._insert(ids, rows)
        self.env["consent.event.pending"]._announce_sudo(ids)
        return self.browse(ids)

    @api.model
    def _next_ids(self, count):
        self.env.cr.execute("SELECT nextval('consent_event_id_seq') FROM generate_series(1, %s)", [count])
        return sorted(event_id for (event_id,) in self.env.cr.fetchall())

    @api.model
    def _row_of(self, vals):
        """Return {covered column: value as PostgreSQL keeps it}; nothing is 0, since a reference is never that.

        :raises ValueError: for a column that no mac would cover
        """
        if unknown := vals.keys() - set(event_row.COVERED):
            raise ValueError(f"No column of an event: {', '.join(sorted(unknown))}")
        row = {}
        for name in event_row.COVERED:
            field = self._fields[name]
            value = field.convert_to_column_insert(field.convert_to_cache(vals.get(name) or None, self), self)
            row[name] = value or None
        row["time"] = (row["time"] or fields.Datetime.now()).replace(microsecond=0)
        return row

    @api.model
    def _insert(self, ids, rows):
        columns = ("id", *event_row.COVERED, "mac")
        self.env.cr.execute(
            SQL(
                "INSERT INTO consent_event (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(
                    (event_id, *(row[name] for name in columns[1:])) for event_id, row in zip(ids, rows, strict=True)
                ),
            )
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A consent event is never changed: record a new answer."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("A consent event is never deleted: record a new answer."))  # pylint: disable=no-raise-unlink

    @api.model
    def _mac_key(self):
        return self.env["phone.vault"]._keyring().mac

    @api.model
    def _leaves_sudo(self, ids):
        """Return {id: what its leaf is the SHA-256 of} of those events that are there; one query."""
        found = {}

        def take(raw):
            found[event_row.decode(raw[len(merkle.LEAF) :])["id"]] = raw

        event_stream.stream(self.env.cr, take, ids)
        return found

    @api.depends("mac")
    def _compute_is_intact(self):
        leaves = self._leaves_sudo(self.ids)
        for event in self:
            row = leaves.get(event.id) and event_row.decode(leaves[event.id][len(merkle.LEAF) :])
            event.is_intact = bool(row) and row["mac"] == event_row.mac_of(self._mac_key(), row)

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
