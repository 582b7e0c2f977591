import { Component, onWillDestroy, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

/**
 * What the dialogs share that stand before a door: two factors, and one number shown for two minutes. The number
 * stays in the dialog: it is no record's data, and closing the dialog forgets it.
 */
export class NumberDialog extends Component {
    static components = { Dialog };
    static props = { close: Function, params: Object };

    setup() {
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({
            note: "",
            error: "",
            busy: false,
            number: "",
            e164: "",
            seconds: 0,
            ...this.initialState,
        });
        onWillDestroy(() => browser.clearInterval(this.timer));
    }

    get initialState() {
        return {};
    }

    get time() {
        const minutes = Math.floor(this.state.seconds / 60);
        return `${minutes}:${String(this.state.seconds % 60).padStart(2, "0")}`;
    }

    /** Asks a door for the number and starts the clock; a refusal is shown in the dialog. */
    async ask(route, params) {
        await this.attempt(async () => {
            const answer = await rpc(route, params);
            if (answer.message) {
                this.state.error = answer.message;
                return;
            }
            Object.assign(this.state, answer);
            this.timer = browser.setInterval(() => this.tick(), 1000);
        });
    }

    async attempt(step) {
        Object.assign(this.state, { error: "", busy: true });
        try {
            await step();
        } catch (error) {
            this.state.error = error.data?.message || _t("The server could not be reached: try again.");
        } finally {
            this.state.busy = false;
        }
    }

    tick() {
        this.state.seconds -= 1;
        if (this.state.seconds <= 0) {
            browser.clearInterval(this.timer);
            Object.assign(this.state, { number: "", e164: "" });
            this.onTimeUp();
        }
    }

    onTimeUp() {
        this.props.close();
    }

    async copy() {
        await browser.navigator.clipboard.writeText(this.state.e164 || this.state.number);
        this.notification.add(_t("Copied: paste it where you need it, not into notes."), { type: "info" });
    }

    async switchOn() {
        // Asked before the dialog goes: what a component that is gone was waiting for never comes.
        const action = await this.orm.call("res.users", "action_totp_enable_wizard", [[user.userId]]);
        this.props.close();
        this.action.doAction(action);
    }
}

/** Makes the client action `tag` open the dialog in place of the one that asked for the password again. */
export function registerDialog(tag, dialog) {
    registry.category("actions").add(tag, async (env, action) => {
        await env.services.action.doAction({ type: "ir.actions.act_window_close" });
        env.services.dialog.add(dialog, { params: action.params });
    });
}
