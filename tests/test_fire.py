"""Under fire: senders are killed at random moments and the provider fails in every way, and nobody is told twice.

`./dev test fire` runs many rounds, `./dev test` a few. The fake is the witness: it keeps what it accepted.

This is the one room of the house that goes by the clock on the wall: whom a signal kills has no clock that we could
set. Nothing sleeps for a fixed time; what has to come is waited for until it is there.
"""

import os
import random
import signal
import time
from collections import Counter
from contextlib import contextmanager, suppress
from email.utils import formatdate

import pytest

from devtools.updates import ACCOUNT, TOKEN, fake_asks, fake_twilio, texter

ROUNDS = int(os.environ.get("CONSENT_NOTIFY_FIRE", "6"))
SEED = int(os.environ.get("CONSENT_NOTIFY_SEED", str(random.SystemRandom().randrange(10**6))))
PART = 20  # rounds of one test, so that many of them say something now and then
WORKERS = 3
EACH = 30  # texts of a round
PATIENCE = 180  # seconds
LATENCY = 0.1  # seconds that the fake takes for each answer
SILENCE = 3.0  # seconds after which a silent provider is given up


@pytest.fixture(scope="module")
def fire(make_clone):
    """A fake, and a process that queues texts and forks senders."""
    with fake_twilio(LATENCY) as url, texter(make_clone("fire"), "with", url) as one:
        one.do("set_up", account=ACCOUNT, token=TOKEN, in_flight=4)
        yield url, one


class Senders:
    """Processes that send until they are killed; one that dies by itself is told of at once."""

    def __init__(self, one):
        self.one, self.living = one, []

    def spawn(self):
        self.living.append(self.one.do("spawn")["pid"])

    def kill(self, pid):
        self.living.remove(pid)
        with suppress(ProcessLookupError):  # dead already: that must not save the others
            os.kill(pid, signal.SIGKILL)

    def assert_alive(self):
        for pid in self.living:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                pytest.fail(f"The sender {pid} died by itself: read {self.one.log}.")

    def until(self, what, condition):
        """Wait for a condition, which asks another process."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assert_alive()
            assert time.monotonic() < deadline, f"{what} never came, and the senders {self.living} live"
            time.sleep(0.02)


@contextmanager
def sending(one):
    """Run senders as long as the block lasts, however it ends."""
    senders = Senders(one)
    try:
        for _worker in range(WORKERS):
            senders.spawn()
        yield senders
        senders.assert_alive()
    finally:
        for pid in [*senders.living]:
            senders.kill(pid)


def is_over(one):
    count = one.do("count")["count"]
    return not count.get("outgoing") and not count.get("process")


def number_of(body):
    """Return the number that each text ends in: what was sent holds a link that the queue's own text does not."""
    return int(body.rsplit("#", 1)[1])


def settle(url, one):
    """Have the provider asked about all that is in doubt, and send what it never had."""
    fake_asks(url, "set", latency=0)
    try:
        for minutes in (2, 12, 40, 130):
            one.do("reconcile", minutes=minutes)
            one.do("due")
            one.do("send_once")
            if not any(reason == "outcome_unknown" for _body, _state, reason, *_rest in one.do("rows")["rows"]):
                break
    finally:
        fake_asks(url, "set", latency=LATENCY)


def explain(url, one, start):
    """Return the rows from number `start` on, having looked that each was accepted at most once and is explained."""
    messages = fake_asks(url, "messages")
    accepted = Counter(number_of(message["body"]) for message in messages)
    ids = {number_of(message["body"]): message["sid"] for message in messages}
    rows = [row for row in one.do("rows")["rows"] if number_of(row[0]) >= start]
    assert [text for text, count in accepted.items() if count > 1] == [], "somebody was told twice"
    for body, state, reason, claim, sid in rows:
        assert not claim, "a claim was left behind"
        text = number_of(body)
        match state:
            case "pending":
                assert ids.get(text) == sid, "a text counts as sent that was not, or under another's id"
            case "error":
                assert reason == "outcome_unknown" or text not in ids, f"sent, but told as {reason}"
            case "outgoing" | "canceled":
                assert text not in ids, "a text that was sent may go again"
            case _:
                raise AssertionError(f"nobody knows what {state} means")
    return rows


@pytest.mark.parametrize("part", range(max(1, ROUNDS // PART)))
def test_killed_senders_never_text_twice(fire, part):
    url, one = fire
    chance = random.Random(SEED + part)
    rounds = min(ROUNDS, PART)
    first = number = part * 10_000 + 1
    fake_asks(url, "clear")
    with sending(one) as senders:
        for _round in range(rounds):
            before = fake_asks(url, "count")["messages"]
            one.do("fill", start=number, count=EACH)
            number += EACH
            # A random moment, and a sender that has texts in hand, if one still has.
            wanted = before + 1 + chance.randrange(EACH - 1)
            senders.until("the text", lambda wanted=wanted: fake_asks(url, "count")["messages"] >= wanted)
            busy = sorted({*one.do("busy")["pids"]} & {*senders.living})
            senders.kill(chance.choice(busy or senders.living))
            senders.spawn()
        senders.until("the end of the queue", lambda: is_over(one))
        # A round in which nobody dies: those who are left still send.
        one.do("fill", start=number, count=EACH)
        senders.until("the end of the last round", lambda: is_over(one))
    rows = explain(url, one, first)
    states = Counter((state, reason) for _body, state, reason, _claim, _sid in rows)
    assert len(rows) == (rounds + 1) * EACH
    assert set(states) <= {("pending", None), ("error", "outcome_unknown")}, f"seed {SEED}: {states}"
    assert states["error", "outcome_unknown"], f"seed {SEED}: none of the killed had texts in hand"
    last = [state for body, state, *_rest in rows if number_of(body) >= number]
    assert last == ["pending"] * EACH, f"seed {SEED}: nobody died, and not all was sent: {states}"
    # At most once is half of it: whatever the killed had in hand arrives after all, and nobody gets it twice.
    settle(url, one)
    rows = explain(url, one, first)
    assert {state for _body, state, *_rest in rows} == {"pending"}, f"seed {SEED}"
    accepted = Counter(number_of(message["body"]) for message in fake_asks(url, "messages"))
    assert accepted == dict.fromkeys(range(first, number + EACH), 1), f"seed {SEED}"


@pytest.mark.parametrize(
    ("fault", "reason"), [("suspended", "sms_acc"), ("wrong token", "twilio_authentication")], ids=str
)
def test_an_account_at_fault_costs_each_sender_one_call(fire, fault, reason):
    """… however long the queue is, also if a sender dies over it; when the account is mended, all the others go out."""
    url, one = fire
    start, count = 500_000 + (fault != "suspended") * 10_000, 300
    fake_asks(url, "clear")
    try:
        if fault == "suspended":
            fake_asks(url, "suspend")
        else:
            one.do("account", token="wrong")
        with sending(one) as senders:
            one.do("fill", start=start, count=count)
            senders.until("the refusal", lambda: fake_asks(url, "count")["asked"])
            senders.kill(senders.living[-1])
            senders.spawn()
            senders.until("the end of all runs", lambda: not one.do("count")["count"].get("process"))
            asked = fake_asks(url, "count")["asked"]
            assert asked <= WORKERS + 1
            if fault == "suspended":
                fake_asks(url, "resume")
                one.do("due")  # Twilio's own console tells nobody here: it is tried again after a while
            else:
                one.do("account", token=TOKEN)
            senders.until("the end of the queue", lambda: is_over(one))
    finally:
        fake_asks(url, "resume")
        one.do("account", token=TOKEN)
    states = Counter((state, why) for _body, state, why, *_rest in explain(url, one, start))
    assert states.total() == count
    assert 1 <= states.pop(("error", reason), 0) <= asked
    settle(url, one)  # the dead one's
    rows = explain(url, one, start)
    assert {(state, why) for _body, state, why, *_rest in rows} == {("pending", None), ("error", reason)}


# Each fault, what it is asked to be, and the states that its texts may end in.
UNKNOWN = {("error", "outcome_unknown")}
SENT, AGAIN = {("pending", None)}, {("outgoing", None)}
FAULTS = {
    "latency": ({"latency": 0.3}, SENT),
    "throttled, waits": ("throttled", {"retry_after": 90}, AGAIN),
    "throttled, until": ("throttled", {"retry_after": "{date}"}, AGAIN),
    "throttled": ({}, AGAIN),
    "server_error": ({}, UNKNOWN),
    "server_error, accepted": ("server_error", {"accept": True}, UNKNOWN),
    "bad_gateway": ({}, UNKNOWN),
    "bad_gateway, accepted": ("bad_gateway", {"accept": True}, UNKNOWN),
    "garbled": ({}, UNKNOWN),
    "nameless": ({}, UNKNOWN),
    "reset_before": ({}, UNKNOWN),
    "reset_after": ({}, UNKNOWN),
    "silence": ({}, UNKNOWN),
    "slow": ({"pause": 0.002}, SENT),
    "number": ("refused", {"code": 21211}, {("error", "sms_number_format")}),
    "opt-out": ("refused", {"code": 21610}, {("error", "sms_optout")}),
    "throttle code": ("refused", {"code": 63038}, AGAIN),
    "quiet hours": ("refused", {"code": 30610}, AGAIN),
    "full": ("refused", {"code": 30001}, AGAIN),
    "schedule": ("refused", {"code": 35114}, {("error", "sms_server")}),
    "filtered": ("refused", {"code": 30007}, {("error", "sms_rejected")}),
    "account": ("refused", {"status": 401, "code": 20003}, {("error", "twilio_authentication")}),
    "sender": ("refused", {"code": 21606}, {("error", "twilio_from_missing")}),
    "registration": ("refused", {"code": 30034}, {("error", "sms_registration_needed")}),
}
# What concerns the account, so that others may have to wait as well.
ALL_WAIT = {"throttled, waits", "throttled, until", "throttle code", "account", "sender", "registration"}


def test_whatever_the_provider_does_nobody_is_told_twice(fire):
    """Each fault befalls one text of three; the others go out, at once or after what an account at fault asks for."""
    url, one = fire
    before = one.do("patience", seconds=SILENCE)["seconds"]
    try:
        for number, (title, what) in enumerate(FAULTS.items()):
            name, options, ends = what if len(what) == 3 else (title, *what)
            if options.get("retry_after") == "{date}":
                options = {"retry_after": formatdate(time.time() + 90, usegmt=True)}
            start = 1_000_000 + number * 10
            fake_asks(url, "clear")
            one.do("fill", start=start, count=3)
            fake_asks(url, "fault", name=name, to=f"+7900{start + 1:07}", **options)
            one.do("send_once")
            rows = explain(url, one, start)
            assert len(rows) == 3
            assert (rows[1][1], rows[1][2]) in ends, title
            others = {(rows[0][1], rows[0][2]), (rows[2][1], rows[2][2])}
            assert others <= (SENT | AGAIN if title in ALL_WAIT else SENT), title
            assert (rows[0][1], rows[0][2]) in SENT, title
            one.do("forget")  # what waits, so that it does not meet the next fault
    finally:
        one.do("patience", seconds=before)


def test_a_storm_of_all_faults_never_texts_twice(fire):
    url, one = fire
    chance = random.Random(SEED)
    fake_asks(url, "clear")
    start, count = 2_000_000, 60 * max(1, ROUNDS // 6)
    one.do("fill", start=start, count=count)
    names = [
        "server_error",
        "bad_gateway",
        "garbled",
        "nameless",
        "reset_before",
        "reset_after",
        "throttled",
        "latency",
    ]
    for number in range(start, start + count, 2):
        name = chance.choice(names)
        options = {"latency": 0.2} if chance.random() < 0.3 else {}
        if name in ("server_error", "bad_gateway"):
            options["accept"] = chance.random() < 0.5
        fake_asks(url, "fault", name=name, to=f"+7900{number:07}", **options)
    one.do("send_once")
    rows = explain(url, one, start)
    assert len(rows) == count
    untroubled = Counter(row[1] for row in rows[1::2])
    assert set(untroubled) <= {"pending", "outgoing"}, f"seed {SEED}"
    # Nothing is lost: what waits goes out when its time has come, whatever has been before.
    fake_asks(url, "lift")
    one.do("due")
    for _run in range(1 + count // 100):  # the scheduler ends a long run after a while, and begins another
        one.do("send_once")
        rows = explain(url, one, start)
        if {row[1] for row in rows[1::2]} == {"pending"}:
            break
    assert {row[1] for row in rows[1::2]} == {"pending"}, f"seed {SEED}"
