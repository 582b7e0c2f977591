from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL, email_normalize

from ..tools import consent_csv, phone


class ConsentImport(models.TransientModel):
    """Row by row: who is meant, and why a row is refused. The number of queries does not grow with the rows."""

    _inherit = "consent.import"

    def _judge(self, rows):
        """Fill in `partner_id`, `purpose_id`, `kind`, `date`, `digest` and, where it is refused, `reason`."""
        self._judge_form(rows)
        self._judge_customer([row for row in rows if not row.reason])
        self._judge_history([row for row in rows if not row.reason])
        self._judge_term([row for row in rows if not row.reason])

    def _refuse(self, row, reason):
        row.reason = row.reason or reason

    def _judge_form(self, rows):
        # sudo: purposes are no secret
        purposes_sudo = self.env["consent.purpose"].sudo().search([("purpose_class", "!=", "service")])
        by_code = {purpose.code: purpose.id for purpose in purposes_sudo}
        today = fields.Date.context_today(self)
        for row in rows:
            cells = row.cells
            row.purpose_id = by_code.get(cells.get("purpose", ""), 0)
            row.kind = consent_csv.ANSWERS.get(cells.get("answer", "").lower(), "")
            row.day = consent_csv.read_date(cells.get("date", ""))
            proof, words = cells.get("proof", ""), cells.get("words", "")
            if not row.purpose_id:
                self._refuse(
                    row, self.env._("There is no such purpose: use one of %(codes)s.", codes=", ".join(by_code))
                )
            elif not row.kind:
                self._refuse(row, self.env._("The answer is unclear: write yes, no or withdrawn."))
            elif not row.day or row.day > today:
                self._refuse(row, self.env._("The date is unclear or still to come: write it as 2024-12-31."))
            elif not proof:
                self._refuse(row, self.env._("There is no proof: say where the answer can be shown."))
            elif not words:
                self._refuse(row, self.env._("There are no words: write what the customer was asked."))
            elif max(len(proof), len(words)) > consent_csv.LONGEST:
                self._refuse(row, self.env._("Proof or words are too long: keep them below 4,000 characters."))
            elif consent_csv.EMAIL.search(proof) or phone.has_number(proof):
                # The log outlives the customer's data, and can never be changed.
                self._refuse(
                    row, self.env._("The proof names an e-mail address or a number: say where it lies instead.")
                )
            elif consent_csv.EMAIL.search(words) or phone.has_number(words):
                self._refuse(row, self.env._("The words hold an e-mail address or a phone number: leave it out."))

    def _judge_customer(self, rows):
        by_id = self._by_external_id({row.cells.get("external_id") for row in rows} - {None, ""})
        by_email = self._by_email({email_normalize(row.cells.get("email") or "") for row in rows} - {False, ""})
        digests = {text: self._digest(text) for row in rows if (text := row.cells.get("number"))}
        by_digest = self.env["consent.subject"]._bearers_sudo(set(digests.values()) - {None})
        present = self._present({p for found in (by_id, by_email, by_digest) for ids in found.values() for p in ids})
        for row in rows:
            cells = row.cells
            if cells.get("external_id"):
                found = by_id.get(cells["external_id"], [])
            elif cells.get("email"):
                found = by_email.get(email_normalize(cells["email"]), [])
            else:
                name = cells.get("name", "").casefold()
                found = by_digest.get(digests.get(cells.get("number")), [])
                found = [p for p in found if name and present[p][1].casefold() == name]
            found = [p for p in found if p in present]
            self._judge_found(row, found, present, digests.get(cells.get("number")))

    def _judge_found(self, row, found, present, digest):
        if not found:
            self._refuse(
                row, self.env._("There is no such customer: give an external ID, an e-mail, or name and number.")
            )
        elif len(found) > 1:
            self._refuse(row, self.env._("Several customers fit: give the external ID."))
        elif not present[found[0]][0]:
            self._refuse(row, self.env._("The customer has no number that the answer could be about."))
        elif row.cells.get("number") and digest != present[found[0]][0]:
            self._refuse(row, self.env._("The number is not the one on the contact: an answer counts for one number."))
        else:
            row.partner_id, row.digest = found[0], present[found[0]][0]

    def _judge_history(self, rows):
        """Refuse what is in the log already, and what something newer speaks against."""
        latest = self._latest_answers({row.partner_id for row in rows})
        newest = {}
        for row in sorted(rows, key=lambda row: (row.day, row.line)):
            newest[row.partner_id, row.purpose_id] = row
        for row in rows:
            key = (row.partner_id, row.purpose_id)
            kind, day = latest.get((*key, row.digest), (None, None))
            if newest[key] is not row:
                self._refuse(
                    row, self.env._("Line %(line)s says something newer about the same.", line=newest[key].line)
                )
            elif kind == row.kind and day >= row.day:
                self._refuse(row, self.env._("The same answer is in the log already."))
            elif kind and day >= row.day:
                self._refuse(
                    row, self.env._("The customer answered later: an older answer does not replace a newer one.")
                )

    def _judge_term(self, rows):
        """Refuse a yes that had run out if the shop had kept it here; a no has no end."""
        rows = [row for row in rows if row.kind == "granted"]
        ordered, today = self._last_orders({row.partner_id for row in rows}), fields.Date.context_today(self)
        # sudo: purposes are no secret
        purposes_sudo = self.env["consent.purpose"].sudo().browse({row.purpose_id for row in rows})
        terms = {purpose.id: purpose.term_months for purpose in purposes_sudo}
        for row in rows:
            months = terms[row.purpose_id]
            if max(row.day, ordered.get(row.partner_id, row.day)) + relativedelta(months=months) <= today:
                self._refuse(
                    row,
                    self.env._(
                        "This yes has run out: it was good for %(months)s months after it or after the last order. Ask"
                        " the customer again.",
                        months=months,
                    ),
                )

    # ------------------------------------------------------------ one query each

    def _digest(self, text):
        return self.env["phone.vault"]._digest(text, self.company_id.country_id)

    def _by_external_id(self, names):
        self.env.cr.execute(
            "SELECT module || '.' || name, res_id FROM ir_model_data"
            " WHERE model = 'res.partner' AND module || '.' || name = ANY(%s)",
            [[name if "." in name else f"__import__.{name}" for name in names]],
        )
        found = {name: [partner] for name, partner in self.env.cr.fetchall()}
        return {**found, **{name: found[f"__import__.{name}"] for name in names if f"__import__.{name}" in found}}

    def _by_email(self, emails):
        groups = self.env["res.partner"]._read_group(
            [("email_normalized", "in", list(emails))], ["email_normalized"], ["id:array_agg"]
        )
        return dict(groups)

    def _present(self, partners):
        """Return {partner id: (digest of the present number, name)} of those that this user may read."""
        allowed = self.env["res.partner"].browse(partners)._filtered_access("read")
        digests = self.env["consent.subject"]._present_digests_sudo(allowed.ids)
        return {partner.id: (digests.get(partner.id), partner.name or "") for partner in allowed}

    def _latest_answers(self, partners):
        """Return {(partner id, purpose id, digest): (kind, day on which it was given)}."""
        self.env["consent.event"].flush_model()
        self.env["consent.subject"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT ON (s.partner_id, e.purpose_id, s.number_digest)"
                " s.partner_id, e.purpose_id, s.number_digest, e.kind,"
                " (%s)::date"
                " FROM consent_subject s JOIN consent_event e ON e.subject_ref = s.id"
                " WHERE s.partner_id = ANY(%s) AND s.company_id = %s"
                " AND e.kind IN ('granted', 'refused', 'withdrawn', 'expired')"
                " ORDER BY s.partner_id, e.purpose_id, s.number_digest, e.id DESC",
                self.env["consent.event"]._given_sql("e"),
                list(partners),
                self.company_id.id,
            )
        )
        return {tuple(key): (kind, day) for *key, kind, day in self.env.cr.fetchall()}

    def _last_orders(self, partners):
        """Return {partner id: day of the last order}, as retention counts it."""
        named = ("partner_id", "partner_invoice_id", "partner_shipping_id")
        self.env["sale.order"].flush_model([*named, "state", "date_order"])
        # sudo: only how long a yes is good is made of it
        self.env.cr.execute(self.env["consent.retention"].sudo()._ordered_sql(partners))
        return {partner: time.date() for partner, time in self.env.cr.fetchall()}
