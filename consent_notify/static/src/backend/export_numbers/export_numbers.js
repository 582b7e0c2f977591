import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { downloadFile } from "@web/core/network/download";
import { useAutofocus } from "@web/core/utils/hooks";

import { NumberDialog, registerDialog } from "../number_dialog/number_dialog";

/** Asks why, then downloads the chosen contacts with their numbers. */
export class ExportNumbersDialog extends NumberDialog {
    static template = "consent_notify.ExportNumbersDialog";

    setup() {
        super.setup();
        useAutofocus({ refName: "reason" });
    }

    get initialState() {
        return { reason: "" };
    }

    get hint() {
        return this.state.reason === "other" ? _t("Needed for this reason") : _t("Optional");
    }

    async download() {
        await this.attempt(async () => {
            const body = new FormData();
            const { reason, note } = this.state;
            const values = { ids: JSON.stringify(this.props.params.ids), reason, note, csrf_token: odoo.csrf_token };
            Object.entries(values).forEach(([name, value]) => body.append(name, value));
            const response = await browser.fetch("/consent_notify/export", { method: "POST", body });
            if (!response.ok) {
                const refusal = response.status === 422 ? await response.json() : {};
                this.state.error = refusal.message || _t("The server refused: reload the page and try again.");
                return;
            }
            downloadFile(await response.blob(), _t("contacts-with-numbers.csv"), "text/csv");
            this.notification.add(_t("Delete the file when its work is done: it is not sealed."), {
                title: _t("Numbers exported"),
                type: "warning",
            });
            this.props.close();
        });
    }
}

registerDialog("consent_notify.export", ExportNumbersDialog);
