"""The editor counts as providers bill: the twin of `tools/segments.py` in the browser says the same."""

import json

from odoo.tests import HttpCase, new_test_user, tagged

from ..models.order_update_stage import LINK
from ..tools.segments import measure

TEXTS = [
    *("", "a" * 160, "a" * 161, "a" * 306, "a" * 307, "€" * 80, "€" * 81, "я" * 70, "я" * 71, "я" * 134, "я" * 135),
    *(
        "a" * 70 + "я",
        "😀" * 35,
        "😀" * 36,
        "line\nline",
        "back\\slash [x] {y} ~|^",
        "\f",
        "ñ ü ö ä à ç Ç",
        "“ready”",
        "№ 5",
    ),
]
CODE = """
(async () => {
    const {measure, asSent} = await odoo.loader.modules.get("@consent_notify/backend/segments/segments");
    for (const [text, places, segments] of %s) {
        const size = measure(text);
        if (size.places !== places || size.segments !== segments) {
            throw new Error(`${JSON.stringify(text)} takes ${size.places} in ${size.segments}`);
        }
    }
    if (asSent("[link]").length !== %d) {
        throw new Error("The link is counted shorter or longer than it is.");
    }
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestSegmentsEditor(HttpCase):
    def test_the_browser_counts_as_python_does(self):
        new_test_user(self.env, "segments_clerk", groups="sales_team.group_sale_salesman")
        vectors = [[text, *measure(text)] for text in TEXTS]
        self.browser_js(
            "/odoo",
            CODE % (json.dumps(vectors), len(LINK)),
            ready="odoo.loader.modules.has('@consent_notify/backend/segments/segments')",
            login="segments_clerk",
        )
