"""What the tests about consents share: a customer with a number, purposes, and a way to answer."""

import io
import logging
from base64 import b64encode
from unittest.mock import patch

from ..tools import redact

NUMBER, OTHER = "+79161234567", "+79161234568"


def sign(env, kind="sms", **vals):
    """Put a signed agreement on file that is in force for all companies."""
    signed = {"document": b64encode(b"signed"), "agreement_date": "2020-01-01", "company_ids": False}
    processors = env["consent.processor"].with_context(tracking_disable=True)
    return processors.create({"name": f"Any {kind}", "kind": kind, **signed, **vals})


class ConsentCommon:
    # Tests run at any hour of the day; those about hours set their own clock.
    at_any_hour = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.write({"sms_provider": "twilio", "consent_daily_cap": 0})
        for provider in ("iap", "twilio"):
            cls.sign(sms_provider=provider, name=provider)
        if cls.at_any_hour:
            opens = patch.object(type(cls.env["consent.hours"]), "_opens", lambda hours, *asked: asked[-1])
            cls.startClassPatcher(opens)
        cls.anna = cls.env["res.partner"].create(
            {"name": "Anna", "phone": NUMBER, "country_id": cls.env.ref("base.ru").id, "email": "anna@example.com"}
        )
        for code in ("order_sms", "order_call", "offer_sms", "service"):
            setattr(cls, code, cls.env.ref(f"consent_notify.purpose_{code}"))

    def hear_logs(self, *names):
        """Return a file that gets all that is logged from now on, from DEBUG on by the loggers `names`."""
        heard, root = io.StringIO(), logging.getLogger()
        handler = logging.StreamHandler(heard)
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        redact.install()
        for name in names:
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        return heard

    @classmethod
    def sign(cls, kind="sms", **vals):
        """Put a signed agreement on file that is in force for all companies."""
        return sign(cls.env, kind, **vals)

    @classmethod
    def answer(cls, partner, kind, purpose=None, **options):
        """Record one answer of a partner at the checkout and return the event."""
        purpose = purpose or cls.order_sms
        words = [w for w, _box in cls.env["consent.notice"]._words_sudo(cls.company) if w.purpose_id == purpose.id]
        texts = cls.env["consent.notice.text"]._keep_sudo(words)
        text = cls.env["consent.notice.text"].browse(texts.values())
        return cls.env["consent.event"]._record_sudo(
            partner, cls.company, [(purpose, kind, text)], **{"source": "checkout", "order_name": "S00001", **options}
        )

    def digest(self, number=NUMBER):
        return self.env["phone.vault"]._digest(number)

    def verdict(self, partner, purpose=None, number=NUMBER):
        """Return what the gate is told about one number."""
        key = (self.company.id, partner.id if partner else 0, self.digest(number), (purpose or self.order_sms).id)
        return self.env["consent.status"]._verdicts([key])[key]
