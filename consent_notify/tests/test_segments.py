from unittest import TestCase

from ..tools.segments import measure


class TestSegments(TestCase):
    def test_the_limits_of_one_text(self):
        for text, places, segments in (
            ("", 0, 1),
            ("a" * 160, 160, 1),
            ("a" * 161, 161, 2),
            ("a" * 306, 306, 2),
            ("a" * 307, 307, 3),
            ("€" * 80, 160, 1),
            ("€" * 81, 162, 2),
            ("я" * 70, 70, 1),
            ("я" * 71, 71, 2),
            ("a" * 70 + "я", 71, 2),
            ("😀" * 35, 70, 1),
            ("😀" * 36, 72, 2),
        ):
            with self.subTest(text=text[:1], length=len(text)):
                self.assertEqual(measure(text), (places, segments))
