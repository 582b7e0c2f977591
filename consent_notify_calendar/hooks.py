from odoo.addons.consent_notify.tools import takeover

AT_ONCE = 1000


def post_init_hook(env):
    """Mask the numbers of the meetings that are there: each had its organiser's and its guest's as a link to dial."""
    if mask_links(env):
        # Until then a copy of the database's files would give back the rows that held them.
        takeover.forget_old_rows(env.cr, {"calendar_event"})


def mask_links(env):
    """Mask the numbers in the links to dial of all meetings; return how many had any."""
    env["calendar.event"].flush_model(["description"])
    env.cr.execute("SELECT id FROM calendar_event WHERE description ~* 'tel:' ORDER BY id")
    ids, vault, count = [event_id for (event_id,) in env.cr.fetchall()], env["phone.vault"], 0
    for start in range(0, len(ids), AT_ONCE):
        env.cr.execute("SELECT id, description FROM calendar_event WHERE id = ANY(%s)", [ids[start : start + AT_ONCE]])
        for event_id, description in env.cr.fetchall():
            if (masked := vault._unlink_numbers(description)) != description:
                env.cr.execute("UPDATE calendar_event SET description = %s WHERE id = %s", [masked, event_id])
                count += 1
    env["calendar.event"].invalidate_model(["description"])
    return count
