import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .consent_notice_facts import GUARDIAN


class ConsentNoticeText(models.Model):
    """The exact words that were on a screen, kept once. A changed provider or term makes a new row."""

    _name = "consent.notice.text"
    _description = "Words as Shown"
    _order = "id desc"
    _rec_name = "label"
    _log_access = False

    notice_id = fields.Many2one("consent.notice", required=True, readonly=True, index=True, ondelete="restrict")
    lang = fields.Char("Language", required=True, readonly=True)
    intro = fields.Text(readonly=True)
    label = fields.Text(readonly=True)
    details = fields.Text(readonly=True)
    document = fields.Text("Consent Document", readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    first_shown = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)

    _sha256_unique = models.UniqueIndex("(sha256)")

    def init(self):
        self.env["consent.event"]._guard_table(self._table)

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("Words are kept when a customer answers them, never by hand."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Words that a customer saw are never changed: publish a new notice."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("Words that a customer saw are never deleted."))  # pylint: disable=no-raise-unlink

    def _guardian_evidence(self, evidence):
        """Return the column `evidence` of an answer to these words, if they say that a guardian gives it; else {}."""
        if not self or GUARDIAN._translate(self.lang) not in (self.intro or ""):
            return {}
        return {"evidence": json.dumps({**(evidence or {}), "guardian": True}, sort_keys=True)}

    @api.model
    def _keep_sudo(self, words):
        """Return {sha256: id} of the texts with these `Words`, kept now if nobody saw them before.

        :param words: iterable of `Words` (see `_words_sudo` of the notice)
        """
        words = {word.sha256: word for word in words}
        known = self._ids_of(words)
        # ON CONFLICT: two customers may be the first at the same moment.
        for sha, word in sorted(words.items()):
            if sha not in known:
                row = (word.notice_id, word.lang, word.intro, word.label, word.details, word.document or None)
                self.env.cr.execute(
                    SQL(
                        "INSERT INTO consent_notice_text"
                        " (notice_id, lang, intro, label, details, document, sha256, first_shown)"
                        " VALUES %s ON CONFLICT (sha256) DO NOTHING",
                        (*row, sha, fields.Datetime.now()),
                    )
                )
        return known if len(known) == len(words) else self._ids_of(words)

    @api.model
    def _ids_of(self, shas):
        """Return {sha256: id} of those texts that are kept."""
        # sudo: visitors answer, and have no access of their own
        return {text.sha256: text.id for text in self.sudo().search([("sha256", "in", list(shas))])}

    @api.model
    def _is_told_sql(self, event):
        """Return the condition that the words of an event were the statement of a contract, and not those of a box.

        A purpose may come to rest on the contract later: who passed its box by before was not told so. The words are
        held against those of their notice, whose placeholders stand for any text; what may have been either was a box.

        :param str event: alias of `consent_event` in the query
        """
        return SQL(
            "EXISTS (SELECT FROM consent_notice_text told_text"
            " JOIN consent_notice told_notice ON told_notice.id = told_text.notice_id"
            " WHERE told_text.id = %s AND told_text.document IS NULL"
            " AND told_text.label LIKE %s AND told_text.label NOT LIKE %s)",
            SQL.identifier(event, "text_id"),
            self._pattern_sql("statement"),
            self._pattern_sql("label"),
        )

    @api.model
    def _pattern_sql(self, column):
        """Return the pattern that the words of a notice fit, whatever their placeholders were filled with."""
        return SQL(
            r"regexp_replace(regexp_replace(btrim(%s, E' \n\r\t'), '([\\%%_])', '\\\1', 'g'), '\{\w*\}', '%%', 'g')",
            SQL.identifier("told_notice", column),
        )
