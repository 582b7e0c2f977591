from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, models

from ..tools.link import LATER_DAYS

OVER = ("delivered", "cancelled")
# Each becomes a to-do of this kind of activity, with this much time where the shop deleted the kind.
TO_DO = {"call": "consent_notify.activity_link_call", "cancel": "consent_notify.activity_link_cancel"}
TO_DO_TIME = timedelta(days=1)


class ConsentLink(models.Model):
    """What the customer may answer about the order, and how whoever handles it hears of it."""

    _inherit = "consent.link"

    def _offered(self):
        """Return the kinds of answer that make sense for the order as it stands, the likeliest first.

        An offer of the shop brings none: its page is there to stop offers.
        """
        order, stage = self.order_id, self.order_id.update_stage_id.code
        if self.purpose_id.purpose_class == "marketing" or order.state not in ("sent", "sale"):
            return []
        kinds = ["call"] if self._can_be_called() else []
        if order.state == "sent" or stage in OVER:
            return kinds
        comes = stage == "ready" or (stage != "dispatched" and self._is_collected())
        return [*(["come"] if comes else []), "later", *kinds, "cancel"]

    def _is_collected(self):
        """Tell whether the customer may come for the order: no courier was chosen for it."""
        carrier = self.order_id.carrier_id
        return not carrier or carrier.delivery_type == "in_store"

    def _answers_given(self):
        return self.env["consent.link.answer"]._kinds_sudo(self)

    def _answer_sudo(self, kind, when=None, words=""):
        """Pass an answer on to whoever handles the order, unless it was given already; nothing else changes.

        :param str kind: one of `_offered`
        :param when: one of `LATER_DAYS` or None, and `words` of the customer's own: for another time
        """
        if not self.env["consent.link.answer"]._add_sudo(self, kind):
            return
        owner = self._owner()
        link = self.with_context(lang=owner.lang)
        said = link._sentence(kind, when, words)
        # with_user: the mail that tells the owner needs a sender, which the website's visitor is not.
        order = link.order_id.with_user(SUPERUSER_ID)
        order.message_post(
            body=Markup("<p>%s</p>") % link.env._("By the link in a text: %(said)s", said=said),
            partner_ids=owner.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
            subtype_xmlid="mail.mt_note",  # for the staff: customers may follow their orders
        )
        if kind in TO_DO:
            # mail_activity_quick_update: the message above has told the owner.
            order.with_context(mail_activity_quick_update=True).activity_schedule(
                TO_DO[kind],
                date_deadline=self._deadline(TO_DO[kind], TO_DO_TIME),
                summary=link._to_do(kind),
                note=said,
                user_id=owner.id,
            )

    def _sentence(self, kind, when, words):
        """Return what the staff reads, in the language of this environment."""
        if kind == "come":
            return self.env._("The customer will come for the order.")
        if kind == "call":
            return self.env._("The customer asks for a call and allows calls about orders.")
        if kind == "cancel":
            return self.env._("The customer asks to cancel the order. Nothing was cancelled: decide, and tell them.")
        days = {
            "tomorrow": self.env._("tomorrow"),
            "days": self.env._("in two or three days"),
            "week": self.env._("next week"),
            "unknown": self.env._("not known yet"),
        }
        said = ", ".join(filter(None, [days.get(when), f"“{words}”" if words else ""]))
        return self.env._("The customer asks for another time: %(when)s.", when=said)

    def _to_do(self, kind):
        if kind == "call":
            return self.env._("Call the customer: they asked for it")
        return self.env._("The customer asks to cancel the order")

    def _answer_values(self):
        """Return what the page shows of the answers."""
        offered, given = self._offered(), self._answers_given()
        return {
            "offered": [kind for kind in offered if kind not in given],
            "given": given,
            "later_days": LATER_DAYS,
            **{f"{kind}_by": self._deadline(name, TO_DO_TIME) for kind, name in TO_DO.items()},
        }
