"""The story of one order as a person reads it."""

import textwrap

from .ui import say

WIDTH = 76
WORDS = {
    "en": {
        "checkout": "1. {customer} buys “{product}” and is asked, under the phone field:",
        "confirmed": "2. The shop confirms order {order}. A salesperson clicks “Ready”; its stage is now “{stage}”.",
        "texts": "3. The handset of {mask} shows:",
        "answers": "4. Behind the link {customer} presses “I will come”. The order's chatter says:",
        "asks": "   On the same page: texts from {start}:00 to {end}:00 only. A question about the order waits:",
        "row": "5. What PostgreSQL holds in place of the number:",
        "vault": "sealed, AES-256-GCM, {size} bytes",
        "reply": "6. The customer replies by SMS, and Twilio hands it over, signed:",
        "events": "7. The consent log, which only grows:",
        "shown": "shown",
        "granted": "yes",
        "refused": "no",
        "withdrawn": "taken back",
        "purposes": {
            "order_sms": "order updates by SMS",
            "order_call": "calls about the order",
            "offer_sms": "offers by SMS",
        },
    },
    "ru": {
        "checkout": "1. {customer} покупает «{product}». Под полем телефона магазин спрашивает:",
        "confirmed": "2. Магазин подтверждает заказ {order}. Продавец нажимает «Готов»; теперь этап: «{stage}».",
        "texts": "3. На телефоне {mask}:",
        "answers": "4. {customer} открывает ссылку и нажимает «Я приду». В переписке заказа:",
        "asks": "   Там же: СМС только с {start}:00 до {end}:00. Вопрос о заказе ждёт:",
        "row": "5. Что хранит PostgreSQL вместо номера:",
        "vault": "зашифровано, AES-256-GCM, байт: {size}",
        "reply": "6. Клиент отвечает по СМС, Twilio передаёт ответ с подписью:",
        "events": "7. Журнал согласий, в который можно только добавлять:",
        "shown": "показано",
        "granted": "да",
        "refused": "нет",
        "withdrawn": "отозвано",
        "purposes": {
            "order_sms": "СМС о заказе",
            "order_call": "звонки по заказу",
            "offer_sms": "СМС с предложениями",
        },
    },
}


def narrate(story):
    """Print a story."""
    say("\n".join(lines(story)))


def lines(story):
    """Return the lines of a story."""
    words = WORDS[story.lang]
    return [
        "",
        *_paragraph(words["checkout"].format(customer=story.customer, product=story.product)),
        "",
        *_wrapped(story.intro),
        *(line for box in story.boxes for line in _wrapped(box.words, "☑ " if box.ticked else "☐ ")),
        *_wrapped(story.details),
        "",
        *_paragraph(words["confirmed"].format(order=story.order, stage=story.stage)),
        "",
        words["texts"].format(mask=story.texts[-1].mask),
        "",
        *(line for text in story.texts for line in bubble(text.body, f"{text.time[11:16]} UTC")),
        "",
        *_waiting(story, words),
        words["row"],
        "",
        f"    res_partner.phone = {story.token}",
        f"    phone_vault.sealed = \\x{story.sealed}…",
        f"        ({words['vault'].format(size=story.sealed_bytes)})",
        "",
        *([words["reply"], "", *_wrapped(f"“{story.reply}”"), ""] if story.reply else []),
        words["events"],
        "",
        *(_event(event, words) for event in story.events),
        "",
    ]


def _waiting(story, words):
    start, end = story.hours
    return [
        *_paragraph(words["answers"].format(customer=story.customer)),
        "",
        *_wrapped(story.answer, "☏ "),
        "",
        *_paragraph(words["asks"].format(start=start, end=end)),
        "",
        *_wrapped(story.question, "✉ "),
        *_wrapped(story.when, "◷ "),
        "",
    ]


def bubble(body, time):
    """Return the lines of a text as a handset draws it."""
    rows = [row for line in body.splitlines() for row in textwrap.wrap(line, 44) or [""]]
    width = max(map(len, [*rows, time]))
    return [
        f"    ╭─{'─' * width}─╮",
        *(f"    │ {row:<{width}} │" for row in rows),
        f"    ╰─{'─' * width}─╯",
        f"      {time:>{width}}",
    ]


def _event(event, words):
    purpose = words["purposes"].get(event.purpose, event.purpose)
    kind = words.get(event.kind, event.kind)
    return f"    {kind:<10} {purpose:<24} {event.order}  {event.source}  {event.lang or ''}  {event.commitment}…"


def _wrapped(text, mark=""):
    return textwrap.wrap(text, WIDTH, initial_indent=f"    {mark}", subsequent_indent="    " + " " * len(mark))


def _paragraph(text):
    return textwrap.wrap(text, WIDTH, subsequent_indent="   ")
