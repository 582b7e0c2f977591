from odoo import fields, models
from odoo.tools import SQL

from .consent_event import SOURCES


class ConsentWording(models.Model):
    """Which words convince: one row for each person, use and notice shown with a box. Derived, never written."""

    _name = "consent.wording"
    _description = "Words and Answers"
    _auto = False
    _order = "id desc"
    _rec_name = "notice_id"
    _depends = {
        "consent.event": ["subject_ref", "purpose_id", "notice_id", "text_id", "kind", "time", "source", "lang"],
        "consent.purpose": ["basis"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    purpose_id = fields.Many2one("consent.purpose", readonly=True)
    notice_id = fields.Many2one("consent.notice", "Version of the Words", readonly=True)
    text_id = fields.Many2one("consent.notice.text", "Words", readonly=True)
    source = fields.Selection(SOURCES, "Place", readonly=True)
    lang = fields.Char("Language", readonly=True)
    time = fields.Datetime("Shown", readonly=True)
    answer = fields.Selection([("granted", "Yes"), ("refused", "No"), ("none", "Did not answer")], readonly=True)
    yes_rate = fields.Float("Yes (%)", digits=(16, 1), readonly=True, aggregator="avg")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT q.*, CASE WHEN q.answer = 'granted' THEN 100.0 ELSE 0.0 END AS yes_rate
              FROM (SELECT min(e.id) AS id,
                           e.company_id,
                           e.purpose_id,
                           e.notice_id,
                           (array_agg(e.text_id ORDER BY e.id))[1] AS text_id,
                           (array_agg(e.source ORDER BY e.id))[1] AS source,
                           (array_agg(e.lang ORDER BY e.id))[1] AS lang,
                           min(e.time) AS time,
                           COALESCE(
                               (array_agg(e.kind ORDER BY e.id DESC) FILTER (WHERE e.kind != 'shown'))[1], 'none'
                           ) AS answer
                      FROM consent_event e
                      JOIN consent_purpose purpose ON purpose.id = e.purpose_id AND purpose.basis = 'consent'
                     WHERE e.notice_id IS NOT NULL
                       AND e.kind IN ('shown', 'granted', 'refused')
                  GROUP BY e.company_id, e.subject_ref, e.purpose_id, e.notice_id
                   ) q
            """
        )
