def post_init_hook(env):
    """Take the links with numbers out of the meetings that are there: each had its organiser's and its guest's."""
    env["calendar.event"].flush_model(["description"])
    env.cr.execute(
        """
        UPDATE calendar_event
           SET description = regexp_replace(description, '<a [^>]*href=["'']tel:[^>]*>[^<]*</a>(<br/?>)?', '', 'g')
         WHERE description ~ 'tel:'
        """
    )
    env["calendar.event"].invalidate_model(["description"])
