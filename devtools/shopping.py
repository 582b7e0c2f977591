"""A customer of the demo buys something: the catalogue, the address with its question, the payment."""

import re
from dataclasses import dataclass

from .ui import Stop

TICKED = "order_sms"
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
E164 = {"en": "+12025550143", "ru": "+79005550143"}
COUNTRIES = {"en": "US", "ru": "RU"}
STATES = {"en": "IL", "ru": "TVE"}


@dataclass(frozen=True)
class Box:
    """A box of the checkout and how the customer left it."""

    code: str
    words: str
    ticked: bool


def buy(browser, story, psql):
    """Order one product with a yes to texts about the order, and note in the `Story` what was asked and answered."""
    story.product = put_into_cart(browser)
    _fill_in_the_address(browser, story, psql)
    _choose_delivery(browser)
    _pay(browser, story)
    story.order = re.search(r"S\d+", story.confirmation).group()
    [[story.order_id, story.partner_id]] = psql(f"SELECT id, partner_id FROM sale_order WHERE name = '{story.order}'")


def put_into_cart(browser):
    """Put one product of the catalogue into the cart and return its name."""
    links = [link.get("href").split("?")[0] for link in browser.get("/shop").all("a")]
    products = [link for link in links if re.fullmatch(r"(/\w\w)?/shop/[^/]+-\d+", link)]
    if not products:
        raise Stop("The shop shows no product: is its demo data installed?")
    page = browser.get(products[0])
    form = page.one("input", name="product_template_id")
    browser.rpc(
        "/shop/cart/add",
        product_template_id=int(form.get("value")),
        product_id=int(page.one("input", name="product_id").get("value")),
        quantity=1,
    )
    return page.one("h1").text


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
