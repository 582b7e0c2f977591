"""What the tests of Twilio share: an account whose provider is a fake on loopback."""

from odoo.tests import tagged

from ..tools.drivers.twilio import TwilioDriver
from .fake_twilio import SID, TOKEN, FakeTwilio
from .orders_common import OrdersCommon

SENDER, GERMAN = "+79990000000", "+4915799900000"
SERVICE = "MG" + "0123456789abcdef" * 2


@tagged("post_install", "-at_install")
class TwilioCommon(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_sid = SID[:-1] + "0"
        cls.fake = FakeTwilio({SID: TOKEN, cls.other_sid: "another token"}).start()
        cls.addClassCleanup(cls.fake.stop)
        cls.company.write(
            {
                "sms_provider": "twilio",
                "sms_twilio_account_sid": SID,
                "sms_twilio_auth_token": TOKEN,
                "sms_twilio_number_ids": [(5, 0), (0, 0, {"country_id": cls.env.ref("base.ru").id, "number": SENDER})],
            }
        )

    def setUp(self):
        super().setUp()
        self.fake.clear()
        self.driver_options = {"base_url": self.fake.url}
        real = TwilioDriver.__init__
        options = self.driver_options
        self.patch(TwilioDriver, "__init__", lambda driver, *args, **kw: real(driver, *args, **{**kw, **options}))
        self.answer(self.anna, "granted")

    def make_texts(self, count):
        return self.env["sms.sms"].concat(*(self.make_sms(self.anna, body=f"Hello {i}") for i in range(count)))

    def outcome(self):
        """Send one text; return (state, why)."""
        sms = self.make_sms(self.anna)
        self.run_queue()
        return sms.state, sms.failure_type

    def other_company(self):
        """Make a second company with its own account, which Anna allowed to write as well."""
        other = self.env["res.company"].create(
            {
                "name": "Other",
                "sms_provider": "twilio",
                "sms_twilio_account_sid": self.other_sid,
                "sms_twilio_auth_token": "another token",
                "sms_twilio_number_ids": [(0, 0, {"country_id": self.env.ref("base.de").id, "number": GERMAN})],
            }
        )
        self.env["consent.event"]._record_sudo(self.anna, other, [(self.order_sms, "granted", None)], source="counter")
        return other
