import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

import { NumberDialog, registerDialog } from "../number_dialog/number_dialog";

/** Asks why, then shows one number for two minutes. */
export class ShowNumberDialog extends NumberDialog {
    static template = "consent_notify.ShowNumberDialog";

    setup() {
        super.setup();
        useAutofocus({ refName: "reason" });
    }

    get initialState() {
        const { reason, orders } = this.props.params;
        return { reason, order: orders.length ? String(orders[0][0]) : "" };
    }

    get hint() {
        return this.state.reason === "other" ? _t("Needed for this reason") : _t("Optional");
    }

    async show() {
        const { model, res_id, fname } = this.props.params;
        const { reason, note, order } = this.state;
        await this.ask("/consent_notify/number", {
            model,
            res_id,
            fname,
            reason,
            note,
            order_id: Number(order) || null,
        });
    }
}

registerDialog("consent_notify.show_number", ShowNumberDialog);
