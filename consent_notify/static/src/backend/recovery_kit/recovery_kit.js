import { Component, reactive, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { downloadFile } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { ControlPanel } from "@web/search/control_panel/control_panel";
import { session } from "@web/session";

const kit = reactive({ missing: Boolean(session.consent_notify_kit_missing) });

/**
 * Asks for a passphrase twice and downloads the keyring under it. The passphrase goes to its own controller, not
 * through a record: a record would write it into the database.
 */
export class RecoveryKitDialog extends Component {
    static template = "consent_notify.RecoveryKitDialog";
    static components = { Dialog };
    static props = { close: Function, onSaved: { type: Function, optional: true } };

    setup() {
        this.form = useRef("form");
        this.state = useState({ error: "", busy: false });
        useAutofocus({ refName: "passphrase" });
    }

    async save() {
        const body = new FormData(this.form.el);
        body.append("csrf_token", odoo.csrf_token);
        Object.assign(this.state, { error: "", busy: true });
        try {
            const response = await browser.fetch("/consent_notify/recovery_kit", { method: "POST", body });
            if (!response.ok) {
                const refusal = response.status === 422 ? await response.json() : {};
                this.state.error = refusal.message || _t("The server refused: reload the page and try again.");
                return;
            }
            const header = response.headers.get("Content-Disposition") || "";
            const name = header.match(/filename="?([^";]+)/)?.[1] || "consent-notify.kit";
            downloadFile(await response.blob(), name, "application/octet-stream");
        } catch {
            this.state.error = _t("The server could not be reached: try again.");
            return;
        } finally {
            this.state.busy = false;
        }
        kit.missing = false;
        this.props.close();
        this.props.onSaved?.();
    }
}

registry.category("actions").add("consent_notify.recovery_kit", async (env) => {
    // The dialog that asked for the password again.
    await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    env.services.dialog.add(RecoveryKitDialog, {
        onSaved: () => {
            env.services.notification.add(
                _t("Keep the file and its passphrase apart from the backups of the database."),
                { title: _t("Recovery kit downloaded"), type: "success" }
            );
            return env.services.action.doAction("soft_reload");
        },
    });
});

/** The red line above the screens of this app, until the kit is saved. */
export class RecoveryKitBanner extends Component {
    static template = "consent_notify.RecoveryKitBanner";
    static props = {};

    setup() {
        this.kit = useState(kit);
        this.orm = useService("orm");
        this.action = useService("action");
        this.menu = useService("menu");
    }

    get isShown() {
        return this.kit.missing && this.menu.getCurrentApp()?.xmlid === "consent_notify.menu_root";
    }

    async open() {
        this.action.doAction(await this.orm.call("consent.recovery.kit", "action_open", [[]]));
    }
}

patch(ControlPanel, { components: { ...ControlPanel.components, RecoveryKitBanner } });
