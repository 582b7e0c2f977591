from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.phone_validation.models.mail_thread_phone import MailThreadPhone as CoreMailThreadPhone

from ..tools import phone


class MailThreadPhone(models.AbstractModel):
    _inherit = "mail.thread.phone"

    # On the mixin: a model that kept a plain column would no longer join the tokenised blacklist.
    phone_sanitized = fields.Char(sealed=True)

    def copy(self, default=None):
        copies = super().copy(default)
        vault, access = self.env["phone.vault"], self.env["phone.access"]
        sealed = [fname for fname in self._phone_get_number_fields() if self._fields[fname].sealed]
        for source, copied in zip(self, copies, strict=True):
            for fname in sealed:
                if source[fname] and source[fname] == copied[fname]:
                    code = phone.handle_code(vault._handle(source[fname]))
                    access._note_copy_sudo(source, code, copied, copied._name)
        return copies

    def init(self):
        plain = [f for f in self._phone_get_number_fields() if f in self._fields and not self._fields[f].sealed]
        if plain:
            return super().init()
        # Indexes over spellings are of no use on tokens; skip the method that makes them.
        return super(CoreMailThreadPhone, self).init()

    def _search_phone_mobile_search(self, operator, value):
        fnames = [f for f in self._phone_get_number_fields() if f in self._fields and self._fields[f].store]
        sealed = [f for f in fnames if self._fields[f].sealed]
        if not sealed or not isinstance(value, str) or not value.strip():
            return super()._search_phone_mobile_search(operator, value)
        negative = operator in Domain.NEGATIVE_OPERATORS
        found = self.env["phone.vault"]._search_domain(self, sealed, value)
        return ~found if negative else found
