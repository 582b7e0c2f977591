"""What our driver asks of Twilio, and what the fake answers, against Twilio's own description of its API."""

import re
from datetime import UTC, datetime

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from odoo.addons.consent_notify.tests.fake_twilio import SID, TOKEN, FakeTwilio
from odoo.addons.consent_notify.tools.drivers import Accepted, Text
from odoo.addons.consent_notify.tools.drivers.twilio import API, TwilioDriver

from devtools.contract import get_specification
from devtools.ui import Stop

TO, SENDER, SERVICE = "+12025550131", "+12025550100", "MG" + "0123456789abcdef" * 2
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def specification():
    try:
        whole = get_specification()
    except Stop as stop:
        pytest.skip(f"Twilio's description of its API is not to be had: {stop}")
    # A tenth of it concerns us, and all of it would be checked before the first request.
    return {**whole, "paths": {path: item for path, item in whole["paths"].items() if "/Messages" in path}}


@pytest.fixture(scope="module")
def api(specification):
    return OpenAPI.from_dict(specification)


@pytest.fixture
def fake():
    with FakeTwilio() as server:
        yield server


def send(fake, **options):
    driver = TwilioDriver(SID, TOKEN, **{"senders": [(SENDER, "US")], **options}, base_url=fake.url)
    outcome = driver.send(Text("uuid", TO, "Ваш заказ готов.", "https://shop.example.com/consent_notify/sms/status/0f"))
    assert isinstance(outcome, Accepted)
    return driver, outcome.provider_id


def check(api, specification, request, answer=None):
    """Hold one request, and the answer to it, against the description."""
    asked = MockRequest(
        API,
        request.method.lower(),
        request.path,
        args=request.query,
        headers=request.headers,
        data=request.body,
        content_type=FORM if request.body else "",
    )
    api.validate_request(asked)
    if answer:
        api.validate_response(asked, MockResponse(answer.body, answer.status, content_type="application/json"))
    [item] = [one for path, one in specification["paths"].items() if _matches(path, request.path)]
    operation = item[request.method.lower()]
    known = {parameter["name"] for parameter in operation.get("parameters", ())}
    if "requestBody" in operation:
        known |= set(operation["requestBody"]["content"][FORM]["schema"]["properties"])
    # The checker lets through what it does not know; a misspelt parameter would do nothing, silently.
    assert {name for name, _value in request.form + request.query} <= known


def _matches(path, asked):
    return re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", path.replace(".", r"\.")), asked)


@pytest.mark.parametrize(
    "options",
    [{}, {"service_sid": SERVICE}, {"no_words": True, "no_number": True}, {"senders": (), "service_sid": SERVICE}],
)
def test_a_text_is_handed_over_as_twilio_describes_it(api, specification, fake, options):
    send(fake, **options)
    [request] = fake.requests
    check(api, specification, request, fake.handle(request))
    form = dict(request.form)
    assert (form["To"], form["Body"]) == (TO, "Ваш заказ готов.")
    assert ("From" in form) != ("MessagingServiceSid" in form), "one of the two chooses the sender"


def test_a_text_is_forgotten_and_looked_up_as_twilio_describes_it(api, specification, fake):
    driver, sid = send(fake)
    fake.advance(sid, "delivered")
    fake.requests.clear()
    assert driver.redact(sid)
    assert fake.by_sid[sid]["body"] == ""
    driver.client.messages.list(to=TO, date_sent_after=datetime(2020, 1, 1, tzinfo=UTC))
    driver.client.messages(sid).fetch()
    asked = list(fake.requests)
    assert len(asked) == 3
    for request in asked:
        check(api, specification, request, fake.handle(request))


def test_a_parameter_that_twilio_does_not_know_is_noticed(api, specification, fake):
    send(fake)
    [request] = fake.requests
    request.form.append(("StatusCalback", "https://shop.example.com"))
    with pytest.raises(AssertionError):
        check(api, specification, request)
