import threading
from collections import Counter
from queue import Queue

from odoo.tests import BaseCase, tagged

from ..tools.drivers import Accepted, Driver, Later, Refused, Text, Unknown
from ..tools.drivers.lane import DEAD, HELD, Lane


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Scripted(Driver):
    """Answers as it is told to; counts how many requests run at once."""

    in_flight = 8

    def __init__(self, answer=lambda text: Accepted(text.uuid)):
        self.answer = answer
        self.sent = []
        self.running = self.most = 0
        self.lock = threading.Lock()
        self.gate = threading.Semaphore(0)

    def send(self, text):
        with self.lock:
            self.sent.append(text.uuid)
            self.running += 1
            self.most = max(self.most, self.running)
        self.gate.acquire(timeout=20)
        with self.lock:
            self.running -= 1
        return self.answer(text)


def texts(count, to="+12025550131", start=0):
    return [Text(str(i), to, "Hello") for i in range(start, start + count)]


@tagged("post_install", "-at_install")
class TestLane(BaseCase):
    def lane(self, driver, clock=None):
        lane = Lane(driver, Queue(), clock or Clock())
        self.addCleanup(lane.close)
        self.addCleanup(driver.gate.release, 1000)
        return lane

    def wait_for(self, condition):
        for _try in range(20_000):
            if condition():
                return
            threading.Event().wait(0.001)
        self.fail("It never came.")

    def outcomes(self, lane, count):
        return dict((text.uuid, outcome) for text, outcome in (lane.done.get(timeout=20) for _i in range(count)))

    def test_it_begins_with_one_and_grows_to_what_is_allowed(self):
        driver = Scripted()
        lane = self.lane(driver)
        lane.put(texts(100))
        driver.gate.release()
        self.outcomes(lane, 1)
        self.assertLessEqual(driver.most, 2)
        driver.gate.release(99)
        told = self.outcomes(lane, 99)
        self.assertEqual(len(told), 99)
        self.assertEqual(Counter(driver.sent).most_common(1)[0][1], 1)
        self.assertLessEqual(driver.most, 8)
        self.assertEqual(lane.limit, 8)

    def test_too_many_requests_halve_it_once_and_it_waits(self):
        clock = Clock()
        driver = Scripted(lambda text: Later(3.0) if int(text.uuid) >= 50 else Accepted(text.uuid))
        lane = self.lane(driver, clock)
        lane.put(texts(50))
        driver.gate.release(50)
        self.outcomes(lane, 50)
        self.assertEqual(lane.limit, 8)
        lane.put(texts(4, start=50))
        self.wait_for(lambda: driver.running == 4)
        driver.gate.release(4)
        told = self.outcomes(lane, 4)
        self.assertEqual(set(told.values()), {Later(3.0)})
        self.assertEqual(lane.limit, 4)
        self.assertGreaterEqual(lane.not_before, clock.now + 3.0)
        lane.put(texts(4))
        self.assertEqual(len(driver.sent), 54, "nothing goes during the pause")

    def test_a_long_pause_sends_the_rest_back(self):
        clock, driver = Clock(), Scripted(lambda text: Later(60.0))
        lane = self.lane(driver, clock)
        lane.put(texts(5))
        driver.gate.release()
        self.outcomes(lane, 1)
        self.assertEqual(
            [(text.uuid, seconds) for text, seconds in lane.take_back()], [(str(i), 60.0) for i in range(1, 5)]
        )
        self.assertFalse(lane.room(100))
        self.assertFalse(lane.is_busy())
        self.assertTrue(lane.is_held())
        self.assertEqual((lane.take_holds(), lane.take_holds(is_over=True)), ({"": 60.0}, {}), "told once")
        clock.now += 60
        self.assertTrue(lane.room(100))
        lane.put(texts(1, start=5))
        self.wait_for(lambda: len(driver.sent) == 2)

    def test_one_recipient_s_wait_is_nobody_else_s(self):
        driver = Scripted(lambda text: Later(3600.0, alone=True) if text.uuid == "0" else Accepted(text.uuid))
        driver.gate.release(10)
        lane = self.lane(driver)
        lane.put(texts(5))
        told = self.outcomes(lane, 5)
        self.assertEqual(Counter(map(type, told.values())), {Later: 1, Accepted: 4})
        self.assertEqual((lane.take_back(), lane.take_holds(is_over=True)), ([], {}))

    def test_what_another_lane_was_told_holds_here_too(self):
        clock, driver = Clock(), Scripted()
        driver.gate.release(10)
        lane = self.lane(driver, clock)
        lane.hold("+49", 900.0)
        lane.hold("", 3.0)
        lane.put(texts(1) + [Text("g", "+4915112345678", "Hallo")])
        self.assertEqual([(text.uuid, seconds) for text, seconds in lane.take_back()], [("g", 900.0)])
        self.assertTrue(lane.room(100), "a short pause is waited for here")
        self.assertFalse(driver.sent)
        self.assertFalse(lane.take_holds(is_over=True), "nothing that would not be known already")
        clock.now += 3
        self.outcomes(lane, 1)
        lane.hold("", 60.0)
        self.assertFalse(lane.room(100))

    def test_a_short_pause_is_told_only_at_the_end(self):
        driver = Scripted(lambda text: Later(3.0))
        driver.gate.release(1)
        lane = self.lane(driver)
        lane.put(texts(1))
        self.outcomes(lane, 1)
        self.assertEqual((lane.take_holds(), lane.take_holds(is_over=True)), ({}, {"": 3.0}))

    def test_nobody_there_sends_the_rest_back(self):
        clock = Clock()
        driver = Scripted(lambda text: Later())
        driver.gate.release(100)
        lane = self.lane(driver, clock)
        lane.put(texts(20))
        for _i in range(DEAD):
            self.outcomes(lane, 1)
            clock.now += 10
        self.assertEqual((len(driver.sent), len(lane.take_back())), (DEAD, 20 - DEAD))

    def test_an_account_at_fault_stops_all_and_a_closed_country_its_own(self):
        for prefix, others in (("", []), ("+1", ["g0", "g1"])):
            driver = Scripted(
                lambda text, prefix=prefix: (
                    Accepted(text.uuid)
                    if text.to.startswith("+49")
                    else Refused("sms_acc", stops_batch=True, prefix=prefix)
                )
            )
            driver.gate.release(100)
            lane = self.lane(driver)
            german = [Text(f"g{i}", "+4915112345678", "Hallo") for i in range(2)]
            lane.put(texts(3) + german)
            told = self.outcomes(lane, 1 + len(others))
            self.assertEqual(sorted(told), ["0", *others])
            back = lane.take_back()
            self.assertEqual([text.uuid for text, _seconds in back], ["1", "2"] + ([] if others else ["g0", "g1"]))
            self.assertEqual({seconds for _text, seconds in back}, {HELD})
            self.assertEqual(lane.take_holds(), {prefix: HELD})

    def test_a_request_that_never_ends_is_given_up_and_its_place_taken(self):
        clock = Clock()
        driver = Scripted()
        driver.in_flight = 1
        lane = self.lane(driver, clock)
        lane.put(texts(2))
        self.wait_for(lambda: driver.sent)
        clock.now += driver.patience + 1
        lane.take_back()
        self.assertEqual(self.outcomes(lane, 1), {"0": Unknown()})
        driver.gate.release(2)
        self.assertEqual(self.outcomes(lane, 1), {"1": Accepted("1")})
        self.assertTrue(lane.done.empty(), "what it hears too late is not told")

    def test_a_driver_that_fails_leaves_it_unknown(self):
        def fail(text):
            raise ValueError(text.to)

        driver = Scripted(fail)
        driver.gate.release(3)
        lane = self.lane(driver)
        with self.assertLogs("odoo.addons.consent_notify.tools.drivers.lane", "ERROR") as logs:
            lane.put(texts(3))
            self.assertEqual(set(self.outcomes(lane, 3).values()), {Unknown()})
        self.assertIn("ValueError", logs.output[0])
        self.assertNotIn("5550131", str(logs.output))

    def test_a_rate_is_kept(self):
        clock = Clock()
        driver = Scripted()
        driver.per_second = 2.0
        driver.gate.release(10)
        lane = self.lane(driver, clock)
        lane.put(texts(3))
        self.assertFalse(driver.sent, "the first one waits too: another worker may have sent a moment ago")
        for count in (1, 2, 3):
            clock.now += 0.5
            self.outcomes(lane, 1)
            self.assertEqual(len(driver.sent), count)

    def test_whats_not_handed_over_can_be_taken_back(self):
        driver = Scripted()
        driver.in_flight = 1
        lane = self.lane(driver)
        lane.put(texts(3))
        self.wait_for(lambda: driver.sent)
        self.assertEqual([text.uuid for text, _seconds in lane.take_back(everything=True)], ["1", "2"])
        driver.gate.release()
        self.assertEqual(self.outcomes(lane, 1), {"0": Accepted("0")})
        self.assertEqual(driver.sent, ["0"])
