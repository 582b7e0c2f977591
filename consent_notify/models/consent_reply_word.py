from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.replies import tokens

# The strongest first: a reply that says two things means the first.
KINDS = [
    ("stop", "Stop the texts"),
    ("cancel", "Stop the texts, and perhaps the order: a to-do"),
    ("help", "Asks for help"),
    ("start", "Wants texts again"),
]
ORDER = [kind for kind, _label in KINDS]


class ConsentReplyWord(models.Model):
    """A word that customers reply with, and what it means: the shop may add the words of its customers."""

    _name = "consent.reply.word"
    _description = "Word of a Reply"
    _order = "kind, lang, word"
    _rec_name = "word"

    word = fields.Char(required=True, help="One or several words; case, accents and punctuation do not count.")
    kind = fields.Selection(KINDS, "Means", required=True, default="stop")
    lang = fields.Char("Language", help="Two letters, as in “en”.")
    is_alone = fields.Boolean(
        "Only as the Whole Reply", help="For words that people also use otherwise, such as “end” or “cancel”."
    )
    source = fields.Char(help="Who asks for this word, or where it was seen.")
    source_date = fields.Date("Read on", default=fields.Date.context_today)
    active = fields.Boolean(default=True)

    _word_unique = models.Constraint("UNIQUE (word)", "This word is on the list already: change that one.")

    @api.constrains("word")
    def _check_word(self):
        for row in self:
            if not tokens(row.word):
                raise ValidationError(self.env._("Write at least one letter or digit: nothing else can be found."))

    @api.model
    def _words_sudo(self):
        """Return (kind, word, is alone) of every word, the strongest kind and the longest word first."""
        rows = [(row.kind, row.word, row.is_alone) for row in self.sudo().search([])]
        return sorted(rows, key=lambda row: (ORDER.index(row[0]), -len(row[1])))
