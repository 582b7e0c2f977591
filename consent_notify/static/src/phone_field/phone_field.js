import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { PhoneField } from "@web/views/fields/phone/phone_field";
import { useInputField } from "@web/views/fields/input_field_hook";
import { session } from "@web/session";

// The server sends a mask and a code that names the number: `+7 ••• ••• 45 67 #9KQ2M7X4TD`.
const CODE = /\s*#[0-9A-HJKMNP-TV-Z]{10}$/;
// Never by colour alone: each badge says its answer in words as well.
const LOOKS = {
    yes: { icon: "fa-check", classes: "text-success border-success" },
    told: { icon: "fa-check", classes: "text-success border-success" },
    code: { icon: "fa-hourglass-half", classes: "text-warning border-warning" },
    minor: { icon: "fa-ban", classes: "text-warning border-warning" },
    no: { icon: "fa-times", classes: "text-danger border-danger" },
    withdrawn: { icon: "fa-ban", classes: "text-danger border-danger" },
    expired: { icon: "fa-clock-o", classes: "text-muted" },
    unasked: { icon: "fa-question", classes: "text-muted" },
};

patch(PhoneField.prototype, {
    /** Not the core's setup: its input would show the code, and a blur would send the mask without it. */
    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        useInputField({
            getValue: () => this.shownValue,
            parse: (text) => (text === this.shownValue ? this.fieldValue : text),
        });
    },
    get fieldValue() {
        return this.props.record.data[this.props.name] || "";
    },
    get shownValue() {
        return this.fieldValue.replace(CODE, "");
    },
    get isMasked() {
        return this.fieldValue.includes("•");
    },
    /** The eye: for those who may see whole numbers, on a record that is saved. */
    get canShow() {
        return this.isMasked && session.consent_notify_officer && Boolean(this.props.record.resId);
    },
    async onShow() {
        const { resModel, resId } = this.props.record;
        this.action.doAction(await this.orm.call("phone.door", "action_ask", [resModel, resId, this.props.name]));
    },
    /** What the saved number may be used for, where the form's view asks the server for it: never in lists. */
    get badges() {
        const { badges = [] } = (this.isMasked && this.props.record.data.consent_badges) || {};
        return badges.map((badge) => ({ ...badge, look: LOOKS[badge.state] }));
    },
    onShowConsents() {
        const { partner_id } = this.props.record.data.consent_badges;
        this.action.doAction("consent_notify.consent_status_action_partner", {
            additionalContext: { active_id: partner_id, active_ids: [partner_id], active_model: "res.partner" },
        });
    },
    /** Typing into a mask can only spoil it: the first key replaces the whole. */
    onFocus(ev) {
        if (this.isMasked) {
            ev.target.select();
        }
    },
});
