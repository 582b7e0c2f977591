from odoo import api, models

from ..fields import TEXT


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(self, template_src, model, res_ids, *args, **kwargs):
        # What is rendered is kept: in chatter, in mails, in texts. No number of a customer may stand there.
        rendered = super()._render_template(template_src, model, res_ids, *args, **kwargs)
        # What stands in the template itself was written, not rendered: masked, it would confirm a guess.
        written = template_src if isinstance(template_src, str) else ""
        return self.env["phone.vault"]._mask_within_all(rendered, lambda _res_id: written)

    @api.model
    def _render_template_qweb_view(self, view_ref, model, res_ids, add_context=None, options=None):
        """Mask what views of the core put into chatter: it renders them without going by `_render_template`."""
        rendered = super()._render_template_qweb_view(view_ref, model, res_ids, add_context, options)
        shown = [value for value in (add_context or {}).values() if isinstance(value, models.BaseModel)]
        records = self.env[model].browse(res_ids)
        return self.env["phone.vault"]._mask_within_all(
            rendered, lambda res_id: self._written_sudo(records.browse(res_id).with_prefetch(records.ids), *shown)
        )

    @api.model
    def _written_sudo(self, *shown):
        """Return what people wrote into the records that a view shows: masked, it would confirm a guess."""
        texts = []
        for records_sudo in (records.sudo() for records in shown):
            for fname, field in records_sudo._fields.items():
                if not field.store or field.sealed:
                    continue
                if field.type in TEXT:
                    texts += records_sudo.mapped(fname)
                elif field.type == "properties":
                    texts += [value for values in records_sudo.mapped(fname) for value in dict(values or {}).values()]
                elif field.type in ("many2one", "many2many"):
                    texts += records_sudo[fname].mapped("display_name")
        return "\n".join(map(str, filter(None, texts)))
