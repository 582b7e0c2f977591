"""Random histories against a model of ten lines: whatever happened, the gate hears the latest word about a number."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from .consent_common import ConsentCommon

NUMBERS = ("+79000000001", "+79000000002", None)
ANSWERS = ("granted", "refused", "expired", "withdrawn")
# "passed": what the contract tells now stood beside a box then, and the box was passed by.
KINDS = (*ANSWERS, "shown", "confirmed", "passed")
EXAMPLES = 40
REASONS = {None: "consent_missing", **{kind: f"consent_{kind}" for kind in ANSWERS}, "granted": None}

person, number, purpose = st.integers(0, 1), st.integers(0, 2), st.integers(0, 1)
# A customer answers, takes back (told to the shop, or "alone" on their page), gets another number or none; somebody
# sends STOP from a handset.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(KINDS), person, purpose),
        st.tuples(st.sampled_from(("take back", "alone")), person, purpose),
        st.tuples(st.just("change"), person, number),
        st.tuples(st.just("stop"), st.integers(0, 1)),
    ),
    max_size=16,
)


def told(steps):
    """The model: return [(person, number, purpose, kind)] in time, and the numbers the two have now."""
    log, known, present = [], set(), [0, 0]  # at first both have the same number
    for step, *what in steps:
        who, mine = what[0], present[what[0]]
        if step == "change":
            present[who] = what[1]
            continue
        # STOP holds for whoever gave or has the number, and for texts only; a word to the shop for all one's numbers,
        # too; what was clicked alone for others only once a code has shown whose the number is.
        stop = step == "stop"
        known |= {(bearer, who) for bearer in (0, 1) if present[bearer] == who} if stop else {(who, mine)}
        confirmed = not stop and any(entry[:2] == (who, mine) and entry[3] == "confirmed" for entry in log)
        speaks = step == "take back" or confirmed
        same = [p for p in known if (p[1] == who if stop else p[0] == who or (speaks and p[1] == mine != 2))]
        taken = [(*pair, asked) for pair in same for asked in ((0,) if stop else what[1:])]
        # What is withdrawn already is not withdrawn again.
        taken = [(*key, "withdrawn") for key in taken if latest(log, ANSWERS, *key) != "withdrawn"]
        log += taken if step in ("stop", "take back", "alone") else [(who, mine, what[1], step)]
    return log, present


def latest(log, kinds, who, *what):
    """Return the latest of these kinds about a person (or whoever, if None), a number and a purpose, or None."""
    fitting = (entry[3] for entry in reversed(log) if entry[1:3] == what and who in (None, entry[0]))
    return next((kind for kind in fitting if kind in kinds), None)


@tagged("post_install", "-at_install")
class TestConsentHistories(ConsentCommon, TransactionCase):
    def play(self, steps):
        """Do in the shop what the steps say; return the two people."""
        people = self.env["res.partner"].create(
            [{"name": "One", "phone": NUMBERS[0]}, {"name": "Two", "phone": NUMBERS[0]}]
        )
        events = self.env["consent.event"]
        for step, *what in steps:
            if step == "change":
                people[what[0]].phone = NUMBERS[what[1]]
            elif step == "stop":
                events._withdraw_number_sudo(self.company, self.digest(NUMBERS[what[0]]))
            elif step in ("take back", "alone"):
                source = "counter" if step == "take back" else "portal"
                events._withdraw_sudo(people[what[0]], self.company, self.purposes[what[1]], source=source)
            else:
                purpose = self.purposes[what[1]]
                words, with_box = self.words[purpose]
                text = {"shown": words, "passed": with_box}.get(step)
                answer = (purpose, "shown" if step == "passed" else step, text)
                events._record_sudo(people[what[0]], self.company, [answer], source="paper")
        self.env.flush_all()
        return people

    def test_the_gate_hears_the_latest_word(self):
        self.purposes = self.offer_sms + self.order_call
        self.order_call.basis = "contract"  # told, not asked: what was shown allows it until somebody says no

        texts, self.words = self.env["consent.notice.text"], {}
        for pair in self.env["consent.notice"]._words_sudo(self.company):
            kept = texts._keep_sudo(pair)
            purpose = self.purposes.browse(pair[0].purpose_id)
            self.words[purpose] = [texts.browse(kept[words.sha256]) for words in pair]

        # Other histories each time; one that fails is told step by step.
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(STEPS)
        def compare(steps):
            with self.env.cr.savepoint() as savepoint:
                people = self.play(steps)
                log, present = told(steps)
                self.compare_verdicts(people, log)
                self.compare_answers(people, log, present)
                self.compare_status(people, log, present)
                savepoint.rollback()
            self.env.invalidate_all()

        compare()

    def compare_verdicts(self, people, log):
        expected = {}
        for who in (0, 1, None):
            for given_number, plain in enumerate(NUMBERS):
                for asked, purpose in enumerate(self.purposes):
                    kind = latest(log, ANSWERS, who, given_number, asked)
                    is_told = asked == 1 and latest(log, ("shown",), who, given_number, asked)
                    key = (
                        self.company.id,
                        people[who].id if who is not None else 0,
                        plain and self.digest(plain),
                        purpose.id,
                    )
                    expected[key] = (
                        REASONS[kind] if plain and (kind or not is_told) else None if plain else REASONS[None]
                    )
        self.assertEqual(self.env["consent.status"]._verdicts(expected), expected)

    def compare_answers(self, people, log, present):
        for who, partner in enumerate(people):
            kinds = {
                purpose.id: latest(log, ANSWERS, who, present[who], asked)
                for asked, purpose in enumerate(self.purposes)
                if NUMBERS[present[who]]
            }
            answers = self.env["consent.status"]._answers_sudo(partner, self.company)
            answers = {purpose: kind for purpose, kind in answers.items() if purpose in self.purposes.ids}
            self.assertEqual(answers, {purpose: kind for purpose, kind in kinds.items() if kind})

    def compare_status(self, people, log, present):
        expected = []
        for who, given_number, asked in {entry[:3] for entry in log}:
            kind = latest(log, ANSWERS, who, given_number, asked)
            kind = kind or (asked == 1 and latest(log, ("shown",), who, given_number, asked))
            if kind:
                is_current = bool(NUMBERS[given_number]) and present[who] == given_number
                expected.append((people[who].id, self.purposes[asked].id, kind, is_current))
        # STOP also ends texts that nobody asks about here.
        about = [("partner_id", "in", people.ids), ("purpose_id", "in", self.purposes.ids)]
        status = self.env["consent.status"].search(about)
        found = [(row.partner_id.id, row.purpose_id.id, row.kind, row.is_current) for row in status]
        self.assertCountEqual(found, expected)
