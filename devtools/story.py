"""One real order, driven over HTTP: a yes at the checkout, a click of a salesperson, a text to the customer."""

import html
import re
import time
from dataclasses import dataclass, field

from .pages import Browser
from .shopping import CUSTOMERS, buy
from .ui import Stop

SECONDS = 150  # how long a text may take from the click to the handset
ZONES = {"en": "America/Chicago", "ru": "Europe/Moscow"}
# What the customer asks for: the first window if that is still to come today, else the other.
LATE, EARLY = (15, 21), (8, 12)
QUESTIONS = {
    "en": "Shall we wrap it as a gift? Tell us at the counter.",
    "ru": "Завернуть как подарок? Скажите продавцу.",
}
LOCALES = {"en": "en_US", "ru": "ru_RU"}


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
    answer: str = ""
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
    buy(Browser(server.url, lang), story, psql)
    salesperson = Browser(server.url, lang).sign_in(server.database, *staff)
    _make_ready(salesperson, story, psql)
    _answer_behind_the_link(Browser(server.url, lang), story, psql)
    _read_the_answer(salesperson, story)
    _ask_at_a_bad_hour(salesperson, story)
    _look_into_the_tables(story, psql)
    return story


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


def _answer_behind_the_link(browser, story, psql):
    """Say on the page that they will come, and choose hours for texts, such that it is none of them now."""
    [[hour]] = psql(f"SELECT extract(hour FROM now() AT TIME ZONE '{ZONES[story.lang]}')::int")
    story.hours = LATE if int(hour) < LATE[0] - 1 else EARLY
    path = re.search(r"/u/\w+", story.texts[-1].body).group()
    [button] = browser.get(path).all("button", value="come")
    browser.submit(path, {**_form_of(button).values(), "do": "come"})
    values = browser.get(path).one("form", css="hours").values()
    start, end = story.hours
    browser.submit(path, {**values, "hour_from": start, "hour_to": end, "do": "hours"})


def _form_of(element):
    while element.tag != "form":
        element = element.parent
    return element


def _read_the_answer(browser, story):
    """Keep what the order's chatter says of the answer."""
    about = [["model", "=", "sale.order"], ["res_id", "=", int(story.order_id)]]
    [note] = browser.call("mail.message", "search_read", about, fields=["body"], order="id DESC", limit=1)
    story.answer = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", note["body"])).split())


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
