import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

import { NumberDialog, registerDialog } from "../number_dialog/number_dialog";

/**
 * Shows the number of an order's customer who allows calls, then asks what became of the call. Without the
 * customer's yes an officer confirms a second time, and says why.
 */
export class CallOrderDialog extends NumberDialog {
    static template = "consent_notify.CallOrderDialog";

    setup() {
        super.setup();
        useAutofocus({ refName: "note" });
    }

    get initialState() {
        return { insists: false, called: false, outcome: "", said: "" };
    }

    get title() {
        return _t("Call about %s", this.props.params.order);
    }

    get canShow() {
        return !this.props.params.refusal || this.state.insists;
    }

    get hint() {
        return this.state.insists ? "" : _t("Optional");
    }

    insist() {
        this.state.insists = true;
    }

    async show() {
        const { order_id } = this.props.params;
        await this.ask("/consent_notify/call", { order_id, note: this.state.note, confirmed: this.state.insists });
        this.state.called = this.state.called || Boolean(this.state.number);
    }

    /** The outcome can still be noted when the number is gone. */
    onTimeUp() {}

    async noteOutcome() {
        await this.attempt(async () => {
            const { outcome, said } = this.state;
            await this.orm.call("phone.door", "action_note_call", [this.props.params.order_id, outcome, said]);
            this.props.close();
            await this.action.doAction("soft_reload");
        });
    }
}

registerDialog("consent_notify.call", CallOrderDialog);
