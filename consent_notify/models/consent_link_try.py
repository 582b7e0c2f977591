from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from ..tools import link

WRONG_TRIES = 20
WINDOW = timedelta(hours=1)


class ConsentLinkTry(models.Model):
    """Wrong codes tried, counted per network for an hour. In a table: workers share no memory."""

    _name = "consent.link.try"
    _description = "Wrong Code Tried"
    _log_access = False

    network = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    time = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, groups=NO_ACCESS)

    _network_time = models.Index("(network, time)")

    @api.model
    def _add_sudo(self, address, door="link network", user=None):
        """Count one wrong try at a `door` from `address`, of which only a keyed hash of its network is kept."""
        self.sudo().create({"network": self._hash(address, door, user)})

    @api.model
    def _is_refused_sudo(self, address, door="link network", user=None):
        """Tell whether whoever comes has used up their wrong tries of the last hour at this door."""
        since = fields.Datetime.now() - WINDOW
        domain = [("network", "=", self._hash(address, door, user)), ("time", ">", since)]
        return self.sudo().search_count(domain, limit=WRONG_TRIES) >= WRONG_TRIES

    @api.model
    def _hash(self, address, door="link network", user=None):
        """Return a keyed hash of who comes to a door: a network.

        :param user: of the staff, who is counted in place of the network, which all of them share
        """
        return self.env["phone.vault"]._mac(door, f"user:{user.id}" if user else link.network(address))

    @api.autovacuum
    def _gc_tries(self):
        old = self.search([("time", "<=", fields.Datetime.now() - WINDOW)], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
