"""One real order, driven over HTTP: a yes at the checkout, a click of a salesperson, a text to the customer."""

import re
import time
from dataclasses import dataclass, field

from .pages import Browser
from .ui import Stop

TICKED = "order_sms"
SECONDS = 150  # how long a text may take from the click to the handset
# What the customers type. The numbers belong to nobody's shop but this demo; they are never printed.
CUSTOMERS = {
    "en": {
        "name": "Ada Miller",
        "email": "ada.miller@example.com",
        "street": "12 Elm Street",
        "city": "Springfield",
        "zip": "62701",
        "phone": "(202) 555-0143",
    },
    "ru": {
        "name": "Анна Мельникова",
        "email": "anna.melnikova@example.com",
        "street": "ул. Садовая, 12",
        "city": "Тверь",
        "zip": "170100",
        "phone": "8 (900) 555-01-43",
    },
}
COUNTRIES = {"en": "US", "ru": "RU"}
STATES = {"en": "IL", "ru": "TVE"}
ZONES = {"en": "America/Chicago", "ru": "Europe/Moscow"}
# What the customer asks for: the first window if that is still to come today, else the other.
LATE, EARLY = (15, 21), (8, 12)
QUESTIONS = {
    "en": "Shall we wrap it as a gift? Tell us at the counter.",
    "ru": "Завернуть как подарок? Скажите продавцу.",
}
LOCALES = {"en": "en_US", "ru": "ru_RU"}
E164 = {"en": "+12025550143", "ru": "+79005550143"}


@dataclass(frozen=True)
class Box:
    """A box of the checkout and how the customer left it."""

    code: str
    words: str
    ticked: bool


@dataclass(frozen=True)
class Text:
    """A text as it reached the handset."""

    body: str
    mask: str
    time: str
    token: str


@dataclass(frozen=True)
class Event:
    """A row of the consent log."""

    purpose: str
    kind: str
    source: str
    order: str
    lang: str
    commitment: str


@dataclass
class Story:
    """What really happened, read from the pages and from PostgreSQL; the number itself is nowhere in it."""

    lang: str
    customer: str
    product: str = ""
    intro: str = ""
    boxes: list = field(default_factory=list)
    details: str = ""
    order: str = ""
    order_id: int = 0
    partner_id: int = 0
    confirmation: str = ""
    stage: str = ""
    texts: list = field(default_factory=list)
    hours: tuple = ()
    question: str = ""
    when: str = ""
    reply: str = ""
    token: str = ""
    sealed: str = ""
    sealed_bytes: int = 0
    events: list = field(default_factory=list)


def tell(server, psql, staff, lang="en"):
    """Drive the story on a running server and return it as a `Story`.

    :param server: `.server.Server`
    :param psql: function that runs a query on the server's database and returns rows of texts
    :param staff: (login, password) of the salesperson
    """
    story = Story(lang, CUSTOMERS[lang]["name"])
    _buy(Browser(server.url, lang), story, psql)
    salesperson = Browser(server.url, lang).sign_in(server.database, *staff)
    _make_ready(salesperson, story, psql)
    _choose_hours(Browser(server.url, lang), story, psql)
    _ask_at_a_bad_hour(salesperson, story)
    _look_into_the_tables(story, psql)
    return story


# ------------------------------------------------------------ the customer


def _buy(browser, story, psql):
    links = [link.get("href").split("?")[0] for link in browser.get("/shop").all("a")]
    products = [link for link in links if re.fullmatch(r"(/\w\w)?/shop/[^/]+-\d+", link)]
    if not products:
        raise Stop("The shop shows no product: is its demo data installed?")
    page = browser.get(products[0])
    story.product = page.one("h1").text
    form = page.one("input", name="product_template_id")
    browser.rpc(
        "/shop/cart/add",
        product_template_id=int(form.get("value")),
        product_id=int(page.one("input", name="product_id").get("value")),
        quantity=1,
    )
    _fill_in_the_address(browser, story, psql)
    _choose_delivery(browser)
    _pay(browser, story)
    story.order = re.search(r"S\d+", story.confirmation).group()
    [[story.order_id, story.partner_id]] = psql(f"SELECT id, partner_id FROM sale_order WHERE name = '{story.order}'")


def _fill_in_the_address(browser, story, psql):
    page = browser.get("/shop/address")
    form = page.one("form", css="address_autoformat")
    values = form.values() | CUSTOMERS[story.lang]
    [[values["country_id"]]] = psql(f"SELECT id FROM res_country WHERE code = '{COUNTRIES[story.lang]}'")
    [[values["state_id"]]] = psql(
        f"SELECT id FROM res_country_state WHERE country_id = {int(values['country_id'])}"
        f" AND code = '{STATES[story.lang]}'"
    )
    asked = form.one(css="o_consent_notify")
    _read_the_notice(asked, story)
    values[f"consent_{TICKED}"] = "1"
    answer = browser.post(form.get("data-submit-url"), values)
    if not answer.get("redirectUrl"):
        raise Stop(f"The shop did not take the address: {' '.join(map(str, answer.get('messages', [])))}")
    browser.get(answer["redirectUrl"])


def _read_the_notice(asked, story):
    """Keep the words as they were served, before anything is ticked."""
    story.intro = asked.one("p").text
    story.details = asked.all("p")[-1].text
    for box in asked.all("input", type="checkbox"):
        if "checked" in box.attributes:
            raise Stop("A box came ticked: consent has to be the customer's own act.")
        code = box.get("name").removeprefix("consent_")
        words = asked.one("label", **{"for": box.get("id")}).text
        story.boxes.append(Box(code, words, code == TICKED))


def _choose_delivery(browser):
    page = browser.get("/shop/checkout")
    methods = page.all("input", name="o_delivery_radio")
    if methods:
        browser.rpc("/shop/set_delivery_method", dm_id=int(methods[0].get("data-dm-id")))


def _pay(browser, story):
    page = browser.get("/shop/payment")
    form = page.one("form", id="o_payment_form")
    method = form.one("input", **{"data-provider-code": "demo"})
    processing = browser.rpc(
        form.get("data-transaction-route"),
        provider_id=int(method.get("data-provider-id")),
        payment_method_id=int(method.get("data-payment-option-id")),
        token_id=None,
        amount=float(form.get("data-amount")),
        flow="direct",
        tokenization_requested=False,
        landing_route=form.get("data-landing-route"),
        is_validation=False,
        access_token=form.get("data-access-token"),
    )
    browser.rpc(
        "/payment/demo/simulate_payment",
        reference=processing["reference"],
        payment_details="4242",
        simulated_state="done",
    )
    browser.get("/payment/status")
    landing = browser.rpc("/payment/status/poll")["landing_route"]
    page = browser.get(landing)
    if not browser.address.split("?")[0].endswith("/shop/confirmation"):
        raise Stop("The order was not confirmed: read the server's log.")
    story.confirmation = page.one(id="wrap").text


# ------------------------------------------------------------ the shop


def _make_ready(browser, story, psql):
    _wait_for_texts(story, psql, 1)
    browser.call("sale.order", "action_mark_ready", [int(story.order_id)])
    _wait_for_texts(story, psql, 2)
    for row in browser.call(
        "sandbox.message",
        "search_read",
        [["order_id", "=", int(story.order_id)]],
        fields=["body", "number", "sent_at"],
        order="id",
    ):
        [[token]] = psql(f"SELECT number FROM sandbox_message WHERE id = {row['id']}")
        story.texts.append(Text(row["body"], row["number"].split(" #")[0], row["sent_at"], token))
    fields, lang = ["update_stage_id", "update_status"], {"lang": LOCALES[story.lang]}
    [order] = browser.call("sale.order", "read", [int(story.order_id)], fields, context=lang)
    story.stage = order["update_stage_id"][1]


def _choose_hours(browser, story, psql):
    """Choose hours for texts on the page behind the link, such that it is none of them now."""
    [[hour]] = psql(f"SELECT extract(hour FROM now() AT TIME ZONE '{ZONES[story.lang]}')::int")
    story.hours = LATE if int(hour) < LATE[0] - 1 else EARLY
    path = re.search(r"/u/\w+", story.texts[-1].body).group()
    values = browser.get(path).one("form", css="hours").values()
    start, end = story.hours
    browser.submit(path, {**values, "hour_from": start, "hour_to": end, "do": "hours"})


def _ask_at_a_bad_hour(browser, story):
    """Write a question about the order, which has to wait."""
    context = {"lang": LOCALES[story.lang], "tz": ZONES[story.lang]}
    values = {"res_model": "sale.order", "res_id": int(story.order_id), "body": QUESTIONS[story.lang]}
    composer = browser.call("sms.composer", "create", {**values, "composition_mode": "comment"}, context=context)
    [shown] = browser.call("sms.composer", "read", [composer], ["when_words"], context=context)
    browser.call("sms.composer", "action_send_sms", [composer], context=context)
    story.question, story.when = QUESTIONS[story.lang], shown["when_words"]


def _wait_for_texts(story, psql, count):
    """Wait until the scheduled action has handed over what is due."""
    query = f"SELECT count(*) FROM sandbox_message WHERE order_id = {int(story.order_id)}"
    deadline = time.monotonic() + SECONDS
    while int(psql(query)[0][0]) < count:
        if time.monotonic() > deadline:
            raise Stop(f"Text {count} of the order did not come within {SECONDS} seconds: read the server's log.")
        time.sleep(0.2)


# ------------------------------------------------------------ the tables


def _look_into_the_tables(story, psql):
    [[story.token]] = psql(f"SELECT phone FROM res_partner WHERE id = {int(story.partner_id)}")
    [[story.sealed, size]] = psql(
        "SELECT encode(substring(sealed from 1 for 24), 'hex'), length(sealed) FROM phone_vault"
        f" WHERE token = '{story.token}'"
    )
    story.sealed_bytes = int(size)
    story.events = read_events(story, psql)


def read_events(story, psql):
    """Return the rows of the consent log about the story's order."""
    return [
        Event(*row)
        for row in psql(
            "SELECT p.code, e.kind, e.source, e.order_name, e.lang, left(e.commitment, 12)"
            " FROM consent_event e JOIN consent_purpose p ON p.id = e.purpose_id"
            f" WHERE e.order_name = '{story.order}' ORDER BY e.id"
        )
    ]
