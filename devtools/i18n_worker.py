"""What `./dev i18n` does within Odoo (`export`), and with the files afterwards (as a program: folders of addons)."""

import io
import sys
from pathlib import Path

import polib

# Dates would make each run a change, and the rest stays empty for ever.
DROPPED = (
    *("POT-Creation-Date", "PO-Revision-Date", "Report-Msgid-Bugs-To", "Last-Translator", "Language-Team"),
    "Plural-Forms",
)


def export(env, addons, folder=""):
    """Write the .pot file of each addon that has terms, to its own place or below `folder`."""
    from odoo.modules import Manifest
    from odoo.tools.translate import trans_export

    for name in addons:
        buffer = io.BytesIO()
        if not trans_export(False, [name], buffer, "po", env):
            continue
        target = Path(folder) / f"{name}.pot" if folder else Path(Manifest.for_addon(name).path) / f"i18n/{name}.pot"
        target.parent.mkdir(exist_ok=True)
        pot = polib.pofile(buffer.getvalue().decode())
        for key in DROPPED:
            pot.metadata.pop(key, None)
        pot.metadata["Content-Transfer-Encoding"] = "8bit"
        pot.save(str(target))


def merge(folder):
    """Bring the .po files of the addon at `folder` up to date with its .pot; return what to tell about each."""
    source = folder / "i18n" / f"{folder.name}.pot"
    if not source.exists():
        return []
    pot, told = polib.pofile(str(source)), []
    for path in sorted(source.parent.glob("*.po")):
        po = polib.pofile(str(path))
        po.merge(pot)
        po.header = pot.header
        known = {entry.msgid: entry for entry in po if not entry.obsolete}
        po[:] = [known[entry.msgid] for entry in pot]
        po.save(str(path))
        missing = [entry.msgid for entry in po if not entry.translated()]
        told.append(f"{folder.name} {path.stem}: {len(po)} terms, {len(missing)} without a translation")
        told += [f"    {msgid!r}" for msgid in missing]
    return told


if __name__ == "__main__":
    for addon in sys.argv[1:]:
        for line in merge(Path(addon)):
            print(line)
