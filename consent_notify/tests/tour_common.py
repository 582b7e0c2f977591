"""The same hands on every screen: English and Russian, on a desk and on a handset."""

import os

from odoo.tests import HttpCase, tagged

SCREENS = {
    "EnglishDesktop": {"lang": "en_US", "browser_size": "1366x768"},
    "EnglishPhone": {"lang": "en_US", "browser_size": "390x844", "touch_enabled": True},
    "RussianDesktop": {"lang": "ru_RU", "browser_size": "1366x768"},
    "RussianPhone": {"lang": "ru_RU", "browser_size": "390x844", "touch_enabled": True},
}
# Each language and each size once; `./dev test screens` walks the other two as well, which takes long.
DAILY = {"EnglishDesktop", "RussianPhone"}
# Requests of a page wait for each other. While the server packs scripts, on a busy machine, that takes longer than the
# core's twenty seconds: the others are then answered by an error page, which the web client cannot read.
PATIENT = {"test_cursor_lock_timeout": 120}


def on_every_screen(tours, module):
    """Return {name: test class} of `tours` (a class without a TestCase) on each screen, for a module's globals."""
    return {
        f"Test{tours.__name__}{screen}": tagged("post_install", "-at_install")(
            type(f"Test{tours.__name__}{screen}", (tours, HttpCase), {**options, **PATIENT, "__module__": module})
        )
        for screen, options in SCREENS.items()
        if screen in DAILY or os.environ.get("CONSENT_NOTIFY_SCREENS") == "all"
    }


class Speaking:
    """A shop and its people speak `lang`."""

    lang = "en_US"

    def speak(self, *partners):
        lang = self.env["res.lang"]._activate_lang(self.lang)
        website = self.env.ref("website.default_website")
        website.language_ids += lang
        website.default_lang_id = lang
        for partner in partners:
            partner.lang = self.lang
