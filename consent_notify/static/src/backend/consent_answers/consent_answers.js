import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ANSWERS = [
    ["granted", _t("Yes")],
    ["refused", _t("No")],
    ["none", _t("Did not answer")],
];
const STOP = ["withdrawn", _t("Told us to stop")];
const STANDING = {
    granted: _t("Until now: yes"),
    refused: _t("Until now: no"),
    withdrawn: _t("Until now: taken back"),
    expired: _t("Until now: expired"),
};

/** The words of each use with its answers: choices of equal weight, none of them made beforehand. */
export class ConsentAnswers extends Component {
    static template = "consent_notify.ConsentAnswers";
    static props = { ...standardFieldProps };

    get lines() {
        return this.props.record.data[this.props.name].records;
    }

    answers(line) {
        return line.data.standing === "granted" ? [...ANSWERS, STOP] : ANSWERS;
    }

    standing(line) {
        return STANDING[line.data.standing] || "";
    }

    choose(line, answer) {
        return line.update({ answer });
    }
}

registry.category("fields").add("consent_answers", {
    component: ConsentAnswers,
    supportedTypes: ["one2many"],
    useSubView: false,
    relatedFields: [
        { name: "label", type: "text", readonly: true },
        { name: "text_code", type: "char", readonly: true },
        { name: "standing", type: "selection", selection: [], readonly: true },
        // Said aloud: what says nothing is read-only, and no choice would ever reach the server.
        { name: "answer", type: "selection", selection: [...ANSWERS, STOP], readonly: false },
    ],
});
