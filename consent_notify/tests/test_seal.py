from odoo.tests import BaseCase, tagged

from ..tools import seal
from ..tools.errors import SealError

KEY_ID, KEY = bytes.fromhex("01020304"), bytes(range(32))
VECTORS = {
    "token": "pn_guisv2r3bsb4j4nsv6kzw2wgwq",
    "code": "X4Q8XEKQGT",
    "mac": "6d3ce5ffa6a53c63cd49529ab6411066b9ad3473ad318e4d9c49825885d6d089",
    "sealed": "0101020304000000000000000000000000258b8cef831db18e3c9d9f02c4f579d8f02b01f50baee1524ed33589",
}
TOKEN = "pn_mvpbplh5ljirfqjg3pxzlbxpxu"


@tagged("post_install", "-at_install")
class TestSeal(BaseCase):
    def test_vectors_never_change(self):
        self.assertEqual(seal.token(KEY, "+79161234567"), VECTORS["token"])
        self.assertEqual(seal.code(KEY, "+79161234567"), VECTORS["code"])
        self.assertEqual(seal.mac(KEY, "event", "a", "b").hex(), VECTORS["mac"])
        sealed = seal.seal(KEY_ID, KEY, VECTORS["token"], "+79161234567", nonce=bytes(12))
        self.assertEqual(sealed.hex(), VECTORS["sealed"])

    def test_open_gives_back_what_was_sealed(self):
        sealed = seal.seal(KEY_ID, KEY, TOKEN, "8 (916) 123-45-67")
        self.assertEqual(seal.open_sealed({KEY_ID: KEY}, TOKEN, sealed), "8 (916) 123-45-67")

    def test_no_two_seals_are_alike(self):
        self.assertNotEqual(seal.seal(KEY_ID, KEY, TOKEN, "1"), seal.seal(KEY_ID, KEY, TOKEN, "1"))

    def test_moved_edited_or_foreign_seals_do_not_open(self):
        sealed = seal.seal(KEY_ID, KEY, TOKEN, "+79161234567")
        other_row = TOKEN[:-1] + "a"
        with self.assertRaises(SealError):
            seal.open_sealed({KEY_ID: KEY}, other_row, sealed)
        for place in range(len(sealed)):
            edited = bytearray(sealed)
            edited[place] ^= 1
            with self.assertRaises(SealError, msg=f"byte {place}"):
                seal.open_sealed({KEY_ID: KEY}, TOKEN, bytes(edited))
        with self.assertRaises(SealError):
            seal.open_sealed({KEY_ID: bytes(32)}, TOKEN, sealed)
        with self.assertRaises(SealError):
            seal.open_sealed({}, TOKEN, b"")

    def test_parts_of_a_mac_do_not_run_together(self):
        self.assertNotEqual(seal.mac(KEY, "ab", "c"), seal.mac(KEY, "a", "bc"))

    def test_a_token_has_one_form(self):
        self.assertTrue(seal.is_token(TOKEN))
        for other in (TOKEN + "a", TOKEN.upper(), "pn_", "+79161234567", None, 7):
            self.assertFalse(seal.is_token(other))
