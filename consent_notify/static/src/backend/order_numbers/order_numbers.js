import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatDate, deserializeDate } from "@web/core/l10n/dates";
import { formatFloat } from "@web/core/utils/numbers";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PERIODS = [
    [7, _t("7 days")],
    [30, _t("30 days")],
    [90, _t("90 days")],
];
// What stands in a tile: its states, its words and its colour.
const TILES = [
    { key: "sent", states: ["sent", "delivered"], label: _t("Sent"), tone: "text-success" },
    { key: "delivered", states: ["delivered"], label: _t("Arrived"), tone: "text-success" },
    { key: "waiting", states: ["waiting"], label: _t("Waiting"), tone: "text-info" },
    { key: "refused", states: ["refused"], label: _t("Not told"), tone: "text-warning-emphasis" },
    { key: "failed", states: ["failed"], label: _t("Failed"), tone: "text-danger" },
    { key: "canceled", states: ["canceled"], label: _t("Dropped for newer news"), tone: "text-muted" },
];

/** The numbers on a page: what became of the texts about orders, what they cost, and what to do about the rest. */
export class OrderNumbers extends Component {
    static template = "consent_notify.OrderNumbers";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = PERIODS;
        this.tiles = TILES;
        this.state = useState({ numbers: null });
        onWillStart(() => this.load(30));
    }

    async load(days) {
        this.state.numbers = await this.orm.call("order.update", "get_numbers", [days]);
    }

    get numbers() {
        return this.state.numbers;
    }

    get isEmpty() {
        return Object.values(this.numbers.states).every((count) => !count);
    }

    count(tile) {
        return tile.states.reduce((sum, state) => sum + this.numbers.states[state], 0);
    }

    /** Return how long a bar is, in percent of the longest of its kind. */
    share(count, all) {
        return Math.round((100 * count) / Math.max(1, ...all));
    }

    get dayHeight() {
        return this.numbers.each_day.map((day) => day.told + day.untold);
    }

    dayTitle(day) {
        return _t("%(day)s: %(told)s told, %(untold)s not told", { ...day, day: formatDate(deserializeDate(day.day)) });
    }

    get firstDay() {
        return formatDate(deserializeDate(this.numbers.each_day.at(0).day));
    }

    get lastDay() {
        return formatDate(deserializeDate(this.numbers.each_day.at(-1).day));
    }

    cost(cost) {
        return `${formatFloat(cost.price, { digits: [16, 2] })} ${cost.currency}`;
    }

    get minutes() {
        return formatFloat(this.numbers.minutes, { digits: [16, 1] });
    }

    open(name, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "order.update",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
            domain: [["create_date", ">=", this.numbers.since], ...domain],
        });
    }

    openTile(tile) {
        return this.open(tile.label, [["state", "in", tile.states]]);
    }

    openReason(reason) {
        return this.open(reason.label, [
            ["state", "in", ["refused", "failed"]],
            ["reason", "=", reason.reason],
        ]);
    }

    openStage(stage) {
        return this.open(stage.name, [["stage_id", "=", stage.id]]);
    }
}

registry.category("actions").add("consent_notify.order_numbers", OrderNumbers);
