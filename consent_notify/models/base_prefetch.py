from itertools import islice

from odoo import models
from odoo.exceptions import AccessError

# As many as the core takes along itself.
PREFETCH_MAX = 1000


class Base(models.AbstractModel):
    """Numbers are fetched apart from the other columns, and so miss what the core read of many records at once.

    Code that walks over orders and asks each for its customer's number would then fetch one number a query. Whoever
    asks for one number gets those of the records that were read before along with it.
    """

    _inherit = "base"

    def _fetch_field(self, field):
        if field.sealed and len(self) == 1:
            together = self | self.browse(islice(self._met_so_far(field), PREFETCH_MAX - 1))
            try:
                return super(Base, together)._fetch_field(field)
            except AccessError:
                # Somebody read more of them than this user may: one more query finds out which.
                together = self | together._filtered_access("read")
                if len(together) > 1:
                    return super(Base, together)._fetch_field(field)
        return super()._fetch_field(field)

    def _met_so_far(self, field):
        """Yield ids of records of this model that this transaction has met and that lack `field` in the cache.

        Met means read, or named by a many2one that was read: the core's own walks get there one by one.
        """
        known = field._get_cache(self.env)
        sibling = self._fields.get(self._rec_name)
        seen = {self.id}
        for met in list(self.env.transaction.field_data):
            if met is sibling:
                ids = met._get_cache(self.env)
            elif met.type == "many2one" and met.comodel_name == self._name:
                ids = met._get_cache(self.env).values()
            else:
                continue
            for record_id in list(ids):
                if isinstance(record_id, int) and record_id not in known and record_id not in seen:
                    seen.add(record_id)
                    yield record_id
