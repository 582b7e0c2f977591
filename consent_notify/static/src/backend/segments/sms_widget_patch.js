import { SmsWidget } from "@sms/components/sms_widget/fields_sms_widget";
import { patch } from "@web/core/utils/patch";

import { asSent, measure } from "./segments";

const LINK = "[link]";
// Where a text is about an order, whose link `[link]` becomes.
const OF_ORDERS = {
    "order.update.stage": () => true,
    "sms.composer": (data) => data.res_model === "sale.order",
    "sms.template": (data) => data.model === "sale.order",
};

/** Count as providers bill: by the alphabet of the text, with the link as long as it will be. */
patch(SmsWidget.prototype, {
    get text() {
        return this.props.record.data[this.props.name] || "";
    },

    get size() {
        return measure(this._getValueForSmsCounts(asSent(this.text)));
    },

    get isAbout() {
        return asSent(this.text) !== this.text;
    },

    get takesLink() {
        const { resModel, data } = this.props.record;
        return !this.props.readonly && Boolean(OF_ORDERS[resModel]?.(data)) && !this.text.includes(LINK);
    },

    get encoding() {
        return this.size.isGsm7 ? "GSM7" : "UNICODE";
    },

    get nbrChar() {
        return this.size.places;
    },

    get nbrSMS() {
        return this.text ? this.size.segments : 0;
    },

    addLink() {
        const text = this.text.trimEnd();
        return this.props.record.update({ [this.props.name]: text ? `${text} ${LINK}` : LINK });
    },
});
