import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import phone

PLACES = [("counter", "At the counter"), ("telephone", "On the telephone"), ("paper", "On signed paper")]


class ConsentAsk(models.TransientModel):
    """Asking in person: the exact words to read out, or the paper that was signed, and what the customer said."""

    _name = "consent.ask"
    _description = "Ask a Customer"
    _transient_max_hours = 1.0

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    place = fields.Selection(PLACES, "Where")
    lang = fields.Selection("_selection_lang", "Language", required=True)
    masked_phone = fields.Char("Number", compute="_compute_masked_phone")
    intro = fields.Text(compute="_compute_words")
    details = fields.Text(compute="_compute_words")
    line_ids = fields.One2many("consent.ask.line", "ask_id", string="Uses")
    # Not in the file store, and emptied as soon as it hangs on the event.
    scan = fields.Binary("Signed paper", attachment=False)
    scan_name = fields.Char()

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.model
    def _open(self, partner, order=None):
        """Return the action that asks this customer, before the order's company or the present one.

        :raises UserError: without a number: an answer is about one number
        """
        partner.check_access("read")
        if not self.env["consent.subject"]._digest_of(partner):
            raise UserError(self.env._("The contact has no number to ask about: write it on the contact, then ask."))
        company = order.company_id if order else self.env.company
        langs = dict(self._selection_lang())
        lang = next(lang for lang in (partner.lang, company.partner_id.lang, self.env.lang, *langs) if lang in langs)
        ask = self.create(
            {"partner_id": partner.id, "order_id": order and order.id, "company_id": company.id, "lang": lang}
        )
        ask._make_lines()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask %(customer)s", customer=partner.display_name),
            "res_model": self._name,
            "res_id": ask.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _make_lines(self):
        for ask in self:
            standing = self.env["consent.status"]._answers_sudo(ask.partner_id, ask.company_id)
            ask.line_ids = [
                fields.Command.create({"purpose_id": words.purpose_id, "standing": standing.get(words.purpose_id)})
                for words in ask._words()
            ]
            ask._keep_hashes()

    def write(self, vals):
        result = super().write(vals)
        if "lang" in vals:
            self._keep_hashes()
        return result

    def _keep_hashes(self):
        """Note which words the form shows from now on: they must still be these when an answer is kept."""
        for ask in self:
            words = {word.purpose_id: word.sha256 for word in ask._words()}
            for line in ask.line_ids:
                line.sha256 = words.get(line.purpose_id.id)

    def _words(self):
        """Return the `Words` of every purpose that customers are asked about, in the language of the talk."""
        self.ensure_one()
        website = self.order_id.sudo().website_id  # sudo: whose website it was is no secret to the staff
        country, is_minor = self.partner_id.country_id, self.partner_id._is_minor_sudo()
        pairs = self.env["consent.notice"]._words_sudo(
            self.company_id, website, self.lang, country, is_guardian=is_minor
        )
        no_offers = self.env["consent.purpose"]._marketing_ids() if is_minor else ()
        return [
            with_box if self._is_question(words) else words
            for words, with_box in pairs
            if words.purpose_id not in no_offers
        ]

    def _is_question(self, words):
        """Tell whether a purpose is asked and not merely told: also one on the contract, once there was a no."""
        return words.has_box or bool(
            self.line_ids.filtered(lambda line: line.purpose_id.id == words.purpose_id).standing
        )

    @api.depends("partner_id")
    def _compute_masked_phone(self):
        for ask in self:
            ask.masked_phone = ask.partner_id._masked_phone()

    @api.depends("lang", "partner_id", "company_id")
    def _compute_words(self):
        for ask in self:
            words = ask._words()
            ask.intro = "\n".join(dict.fromkeys(word.intro for word in words))
            # Where the law wants a document of its own, the box only points to it: it is read out as well.
            told = [part for word in words for part in (word.document, word.details) if part]
            ask.details = "\n".join(dict.fromkeys(told))

    # ------------------------------------------------------------ buttons

    def action_record(self):
        """Record what was shown and what the customer answered."""
        self.ensure_one()
        self._assert_place()
        if not all(self.line_ids.mapped("answer")):
            raise UserError(self.env._("Choose an answer for each use: yes, no, or did not answer."))
        words = {word.purpose_id: word for word in self._words()}
        known = {purpose: word.sha256 for purpose, word in words.items()}
        if {line.purpose_id.id: line.sha256 for line in self.line_ids} != known:
            raise UserError(self.env._("The words have changed meanwhile: close this, and ask with the new ones."))
        texts = self.env["consent.notice.text"]._keep_sudo(words.values())
        answers, stopped = [], self.env["consent.purpose"]
        for line in self.line_ids:
            text = self.env["consent.notice.text"].browse(texts[line.sha256])
            answers.append((line.purpose_id, "shown", text))
            if line.answer == "withdrawn":
                stopped += line.purpose_id
            elif line.answer != "none":
                answers.append((line.purpose_id, line.answer, text))
        self._record(answers)
        return self._code(self._stop(stopped))

    def action_stop(self):
        """Record that the customer told us to stop everything: as easy as saying so."""
        self.ensure_one()
        self._assert_place()
        return self._stop(self.env["consent.purpose"]._withdrawable_sudo())

    def action_print(self):
        """Print the form to be signed: the very words that are kept once it is."""
        self.ensure_one()
        return self.env.ref("consent_notify.consent_ask_report").report_action(self, data=None)

    def _consent_paper(self):
        """Return what the form to sign says, in the language of the talk and in the name of who asks."""
        self.ensure_one()
        return self.partner_id._consent_paper_of(self._words(), self.lang, self.company_id)

    def _assert_place(self):
        # The wizard's rows can be written over RPC: whose customer it is counts again when something is kept.
        self.partner_id.check_access("read")
        self.order_id.check_access("read")
        if self.company_id not in self.env.companies or (self.order_id and self.order_id.partner_id != self.partner_id):
            raise UserError(self.env._("The order has changed meanwhile: close this, and ask again."))
        if not self.place:
            raise UserError(self.env._("Choose where the customer answered: counter, telephone or signed paper."))
        if self.place == "paper" and not self.scan:
            raise UserError(self.env._("A signed paper counts when it can be shown: attach its scan."))

    def _record(self, answers):
        content = base64.b64decode(self.scan) if self.place == "paper" else b""
        events = self.env["consent.event"]
        evidence = {"scan_sha256": events._assert_scan(content)[0]} if content else None
        # sudo: events are appended for the staff, who were asked for their rights on the customer
        events = events._record_sudo(self.partner_id, self.company_id, answers, evidence=evidence, **self._where())
        if content:
            # Not under a name that holds a number, as those of photographs may.
            name = "" if phone.has_number(self.scan_name) else self.scan_name
            events._keep_scan_sudo(content, name or self.env._("Signed consent"))
        self.write({"scan": False, "scan_name": False})
        return events

    def _code(self, otherwise):
        """Return the dialog for the code that went out with the yes, while the customer is there to read it out."""
        codes = self.env["consent.code"]
        if self.place == "paper" or not codes._to_confirm_sudo(self.partner_id, self.company_id):
            return otherwise
        return self.env["consent.confirm"]._open(self.partner_id, self.company_id, self.place)

    def _stop(self, purposes):
        where = self._where()
        where.pop("lang")
        # sudo: see above
        self.env["consent.event"]._withdraw_sudo(self.partner_id, self.company_id, purposes, **where)
        self.line_ids.answer = False  # a second click finds nothing to record
        return {"type": "ir.actions.act_window_close", "infos": {"done": True}}

    def _where(self):
        return {
            "source": self.place,
            "actor": f"user:{self.env.uid}",
            "order_name": self.order_id.name,
            "lang": self.lang,
        }
