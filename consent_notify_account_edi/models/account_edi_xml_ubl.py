from odoo import models


class AccountEdiXmlUbl20(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_20"

    def _get_party_node(self, vals):
        """Leave out the customer's number: the format does not ask for it, and the file is kept for years."""
        node = super()._get_party_node(vals)
        partner_sudo = vals["partner"].sudo()  # sudo: whether a contact is a company of ours is no secret
        if not partner_sudo.commercial_partner_id.ref_company_ids:
            node["cac:Contact"].pop("cbc:Telephone", None)
        return node
