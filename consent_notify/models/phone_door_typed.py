from odoo import api, models
from odoo.http import request
from odoo.tools import SQL

from ..tools import phone
from ..tools.held import IMPORT
from ..tools.sent import TELLING, digits_of

TYPED_AN_HOUR, IMPORTED_AN_HOUR = 300, 2000
TYPED, IMPORTED = "consent_notify.numbers_typed_an_hour", "consent_notify.numbers_imported_an_hour"


class PhoneDoor(models.AbstractModel):
    """Numbers that staff type in: whoever may make contacts could make one for each guess and compare the codes."""

    _inherit = "phone.door"

    @api.model
    def _count_typed(self, texts):
        """Count new numbers that are about to be sealed, if a member of staff typed them: {code: text}.

        What the server copies or formats, customers on the website and jobs do not count.

        :raises UserError: past the hour's limit
        """
        user = self._person()
        if not user or not user._is_internal():
            return
        texts = {code: text for code, text in texts.items() if _sent_tail(text)}
        if brought := IMPORT.get():
            brought.codes.update(texts)
            return
        if request:
            sent = self._sent("sent")
            joined = "\n".join(sent)
            texts = {code: text for code, text in texts.items() if _sent_tail(text) in joined}
        elif texts:
            known = {code for code, _region in self.env["phone.vault"]._state()["known"].values()}
            texts = {code: text for code, text in texts.items() if code not in known}
        before = self._counted().setdefault("typed", set())
        new = {code: text for code, text in texts.items() if code not in before}
        self._count_new(list(new.values()), user)
        before.update(new)  # what was refused is asked for again

    @api.model
    def _count_typed_on_form(self, form, model):
        """Count what was typed on a form: onto a saved record it is a look-up, as the form may tell that it is known.

        :param form: a `Typed`
        :raises UserError: past the limits of look-ups or of typing
        """
        user = self._person() if form.texts else None
        if not user:
            return
        on_saved = form.on_saved()
        for text in on_saved:
            self._count_look_up(1, model, len(on_saved), user, self._code(text))
        self._count_new(list(form.texts - on_saved), user, model)

    @api.model
    def _count_new(self, texts, user, model=None):
        if not texts:
            return
        refusal = self.env._(
            "You have typed in many numbers within the hour: wait a while, or import them from a file."
        )
        code = self._code(texts[0]) if len(texts) == 1 else None
        self._count_apart_sudo(
            "typed",
            SQL("sum(count)"),
            self._an_hour(TYPED, TYPED_AN_HOUR),
            refusal,
            user,
            code=code,
            count=len(texts),
            model=model,
        )

    @api.model
    def _count_imported(self, texts, model):
        """Leave a row with how many numbers one import brought.

        :raises UserError: past the hour's limit, unless the user may export all numbers anyway; whatever the import
            made is undone then
        """
        user = self._person()
        if not texts or not user:
            return
        # A manager's own door tells more than an import could.
        is_free = user.has_group("consent_notify.group_manager")
        limit = None if is_free else self._an_hour(IMPORTED, IMPORTED_AN_HOUR)
        refusal = self.env._(
            "You have imported many numbers within the hour: wait a while, or have a manager of consents import them."
        )
        self._count_apart_sudo("import", SQL("sum(count)"), limit, refusal, user, count=len(texts), model=model)

    @api.model
    def _an_hour(self, parameter, default):
        """Return how many numbers a system parameter allows within an hour."""
        value = self.env["ir.config_parameter"].sudo().get_param(parameter)  # sudo: an administrator may set it
        return int(value) if value and value.isdecimal() else default

    @api.model
    def _code(self, text):
        return phone.handle_code(self.env["phone.vault"]._handle(text))


def _sent_tail(text):
    """Return the last digits of `text`, by which it is found in what a request sent, however it was written there."""
    return digits_of(text)[-TELLING:]
