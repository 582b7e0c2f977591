from odoo import api, models


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(self, template_src, model, res_ids, *args, **kwargs):
        # What is rendered is kept: in chatter, in mails, in texts. No number of a customer may stand there.
        rendered = super()._render_template(template_src, model, res_ids, *args, **kwargs)
        # What stands in the template itself was written, not rendered: masked, it would confirm a guess.
        written = template_src if isinstance(template_src, str) else ""
        mask = self.env["phone.vault"]._mask_within
        return {res_id: mask(text, written) for res_id, text in rendered.items()}
