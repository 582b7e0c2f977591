from collections import namedtuple
from hmac import compare_digest

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.notice_words import SCOPE, WORDS, published_digest, published_mac

CHANGES = [
    ("material", "The meaning changed: ask everyone again"),
    ("wording", "Only the wording changed: nobody is asked again"),
]
# A yes to one of `stale` is asked again, one to one of `fresh` stands; one to other words (another language, say)
# stands if it was given after `since`.
Renewal = namedtuple("Renewal", "fresh stale since")


class ConsentNotice(models.Model):
    """Versions: how a draft becomes what customers see, and whose standing yes that leaves in doubt."""

    _inherit = "consent.notice"

    change = fields.Selection(CHANGES, readonly=True, copy=False)
    published_at = fields.Datetime("Published", readonly=True, copy=False)
    sha256 = fields.Char(
        "SHA-256", readonly=True, copy=False, help="Of these words, made when they were published: they never change."
    )
    mac = fields.Char(
        readonly=True, copy=False, help="A keyed hash of the SHA-256: who changes both in the database has no key."
    )
    is_intact = fields.Boolean("Intact", compute="_compute_is_intact", help="The words are those that were published.")

    _version_unique = models.UniqueIndex(
        "(purpose_id, COALESCE(company_id, 0), COALESCE(website_id, 0), lang, COALESCE(jurisdiction_id, 0),"
        " COALESCE(jurisdiction_group_id, 0), version) WHERE state = 'published'",
        "Somebody published words for the same customers at this moment: reload the page, then publish yours.",
    )

    @api.depends("sha256", "mac", *WORDS, *SCOPE, "version")
    def _compute_is_intact(self):
        for notice in self:
            notice.is_intact = not notice.sha256 or notice._is_as_published()

    def _is_as_published(self):
        """Tell whether the words have the hash that they were published with, and the hash its keyed one."""
        digest = self._sha256()
        # Before an update gives it one, a notice of an earlier version has none.
        return self.sha256 == digest and (not self.mac or compare_digest(self.mac, self._mac_of(digest)))

    def _sha256(self):
        """Return the hash of everything that makes these words those words."""
        scope = [self[name].id if self._fields[name].relational else self[name] for name in SCOPE]
        return published_digest([*scope, self.version, *(self[word] for word in WORDS)])

    def _siblings_domain(self):
        return [
            ("state", "=", "published"),
            *((name, "=", self[name].id if self._fields[name].relational else self[name]) for name in SCOPE),
        ]

    def _published(self):
        """Return the published versions of these words, archived ones too, the newest first."""
        siblings = self.with_context(active_test=False)
        return siblings.search(self._siblings_domain(), order="version desc")

    def _publication(self):
        """Return the values with which this draft is published; refuse one without the words its purpose needs.

        Whoever publishes says whether the change is material. A program that does not say is taken at the careful
        one: customers are asked once too often rather than once too little.
        """
        if self.purpose_id.basis == "contract" and not self.statement:
            raise UserError(self.env._("This purpose rests on the contract: write what is shown in place of the box."))
        values = {
            "version": self._published()[:1].version + 1,
            "change": self.change or "material",
            "published_at": fields.Datetime.now(),
        }
        self.version = values["version"]
        digest = self._sha256()
        return {**values, "sha256": digest, "mac": self._mac_of(digest)}

    def _mac_of(self, digest):
        return published_mac(self.env["phone.vault"]._keyring().mac, self.id, digest)

    def action_publish(self):
        """Show these words from now on; they can never be changed again."""
        self.filtered(lambda notice: notice.state == "draft").write({"state": "published"})

    def action_open_publish(self):
        """Ask whether the change is material, beside the old words and the new ones."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Publish these words"),
            "res_model": "consent.notice.publish",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_notice_id": self.id},
        }

    def action_new_version(self):
        """Open a draft with the same words; published, it takes the place of the newest version."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.copy().id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------ asking again

    def _renewal(self):
        """Return the `Renewal` that these words call for, or None if every standing yes still answers them."""
        versions = self._published().filtered(lambda notice: notice.version <= self.version)
        material = versions.filtered(lambda notice: notice.change == "material")[:1]
        if not material:
            return None
        stale = versions.filtered(lambda notice: notice.version < material.version)
        return Renewal(frozenset((versions - stale).ids), frozenset(stale.ids), material.published_at)

    @api.model
    def _is_asked_again(self, words, standing, is_minor):
        """Tell whether a yes is asked for anew: it was given to other words, or by somebody under age.

        :param words: `Words` that are shown now
        :param standing: latest answer as a `Standing`, or None
        """
        if not standing or standing.kind != "granted":
            return False
        return self._is_outdated(words, standing) or (is_minor and not standing.is_guardian)

    @api.model
    def _is_outdated(self, words, standing):
        """Tell whether a standing yes was given to words that meant something else.

        It stands for what was shown, so texts of that kind go on; the customer is asked anew at the next checkout.

        :param words: `Words` that are shown now
        :param standing: `Standing` answer
        """
        renewal = words.renewal
        if not renewal or standing.notice_id in renewal.fresh:
            return False
        return standing.notice_id in renewal.stale or standing.time < renewal.since
