import re

from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.http import request

from odoo.addons.sms.controllers.main import SmsController

from .guard import is_private
from .sms_webhook import UUID

LARGEST = 256 * 1024  # bytes; a uuid has 32
WORD = re.compile(r"\w{1,64}")


class SmsStatusController(SmsController):
    """Where Odoo's own service tells what became of its texts.

    The core takes anybody's word here, for texts of every provider and for those that wait: it would mark a text as
    arrived that never left, and take one off the queue.
    """

    @http.route(max_content_length=LARGEST, save_session=False)
    def update_sms_status(self, message_statuses):
        if not request.env["sms.sms"]._gate_is_on():
            return super().update_sms_status(message_statuses)
        if not is_private():
            raise NotFound()
        try:
            told = [(list(one["uuids"]), one["sms_status"]) for one in message_statuses]
        except (TypeError, KeyError):
            raise BadRequest() from None
        for uuids, word in told:
            # What somebody sends here is not repeated: it would stand in the log.
            if not uuids or not _is(WORD, word) or not all(_is(UUID, uuid) for uuid in uuids):
                raise BadRequest()
        for uuids, word in told:
            request.env["sms.tracker"]._take_iap_word_sudo(uuids, word)
        return "OK"


def _is(pattern, value):
    return isinstance(value, str) and bool(pattern.fullmatch(value))
