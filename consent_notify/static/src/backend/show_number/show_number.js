import { Component, onWillDestroy, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useAutofocus, useService } from "@web/core/utils/hooks";

/**
 * Asks why, then shows one number for two minutes. The number stays in this dialog: it is no record's data, and
 * closing the dialog forgets it.
 */
export class ShowNumberDialog extends Component {
    static template = "consent_notify.ShowNumberDialog";
    static components = { Dialog };
    static props = { close: Function, params: Object };

    setup() {
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.action = useService("action");
        const { reason, orders } = this.props.params;
        this.state = useState({
            reason,
            order: orders.length ? String(orders[0][0]) : "",
            note: "",
            error: "",
            busy: false,
            number: "",
            e164: "",
            seconds: 0,
        });
        useAutofocus({ refName: "reason" });
        onWillDestroy(() => browser.clearInterval(this.timer));
    }

    get hint() {
        return this.state.reason === "other" ? _t("Needed for this reason") : _t("Optional");
    }

    get time() {
        const minutes = Math.floor(this.state.seconds / 60);
        return `${minutes}:${String(this.state.seconds % 60).padStart(2, "0")}`;
    }

    async show() {
        const { model, res_id, fname } = this.props.params;
        Object.assign(this.state, { error: "", busy: true });
        try {
            const answer = await rpc("/consent_notify/number", {
                model,
                res_id,
                fname,
                reason: this.state.reason,
                note: this.state.note,
                order_id: Number(this.state.order) || null,
            });
            if (answer.message) {
                this.state.error = answer.message;
                return;
            }
            Object.assign(this.state, answer);
            this.timer = browser.setInterval(() => this.tick(), 1000);
        } catch {
            this.state.error = _t("The server could not be reached: try again.");
        } finally {
            this.state.busy = false;
        }
    }

    tick() {
        this.state.seconds -= 1;
        if (this.state.seconds <= 0) {
            this.props.close();
        }
    }

    async copy() {
        await browser.navigator.clipboard.writeText(this.state.e164 || this.state.number);
        this.notification.add(_t("Copied: paste it where you need it, not into notes."), { type: "info" });
    }

    async switchOn() {
        this.props.close();
        this.action.doAction(await this.orm.call("res.users", "action_totp_enable_wizard", [[user.userId]]));
    }
}

registry.category("actions").add("consent_notify.show_number", async (env, action) => {
    // The dialog that asked for the password again.
    await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    env.services.dialog.add(ShowNumberDialog, { params: action.params });
});
