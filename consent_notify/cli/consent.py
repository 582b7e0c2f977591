from odoo.cli import Command


class Consent(Command):
    """Look after vault and log from the command line: scan, keys, rotate, retire, verify, uninstall.

    The configuration comes from the file that ODOO_RC names; -d chooses the database.
    """

    def run(self, args):
        # Imports here: Odoo swallows errors of imports at the top of a command's file. Absolute: it loads this file
        # as a part of `odoo.cli`.
        import sys

        from odoo.addons.consent_notify.cli.run import run  # pylint: disable=odoo-addons-relative-import

        sys.exit(run(self.parser, args))
