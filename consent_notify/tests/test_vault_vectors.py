from odoo.tests import BaseCase, tagged

from ..tools import keyring, seal, vault

RING = keyring.Keyring(b"\1\2\3\4", {b"\1\2\3\4": bytes(range(32))}, *(bytes([i]) * 32 for i in range(1, 5)))
TEXTS = {"8 (916) 123-45-67": "RU", "+79161234567": None, "доб. 12": "RU"}
DIGEST = "6438b8093a756d6108abceb89ae3b59d14b345b7fd5703788cc3bc85e6f3603a"
# Token, digest, suffix, code, region: all but the sealed text, which is another each time.
ROWS = [
    ("pn_cpboltszinwgtdqxuz3kmbqoxm", DIGEST, "f4baba2a1596d3b5", "5EN4MB5C60", "RU"),
    ("pn_tobdv2upxp7wussuytg65bhuvu", DIGEST, "f4baba2a1596d3b5", "5EN4MB5C60", "RU"),
    ("pn_tyxphzy7er4oz34efbvjuxccvu", None, None, "MS1PA33T14", None),
]
SEALED = bytes.fromhex("0101020304000000000000000000000000258b8cef831db18e3c9d9f020e2c48f03711ba6b12d8a9bb67b77442")


@tagged("post_install", "-at_install")
class TestVaultVectors(BaseCase):
    """The format can never change by accident: numbers sealed years ago have to be found and opened."""

    def test_a_row(self):
        rows = vault.make_rows(RING, TEXTS)
        self.assertEqual([row[:5] for row in rows], ROWS)
        for row, text in zip(rows, TEXTS, strict=True):
            self.assertEqual(len(row[5]), 1 + 4 + 12 + len(text.encode()) + 16)
            self.assertEqual(row[5][:5], b"\1" + RING.primary)
            self.assertEqual(seal.open_sealed(RING.seal, row[0], row[5]), text)

    def test_a_sealed_text_of_the_first_version_opens(self):
        self.assertEqual(seal.open_sealed(RING.seal, ROWS[1][0], SEALED), "+79161234567")

    def test_one_number_has_one_digest_and_code_however_it_is_batched(self):
        alone = [vault.make_rows(RING, {text: region})[0][:5] for text, region in TEXTS.items()]
        self.assertEqual(alone, ROWS)

    def test_a_keyring(self):
        self.assertEqual((RING.fingerprint, RING.kit_fingerprint), ("fefe0b60760d09ad", "cbfeabaac47a3556"))
