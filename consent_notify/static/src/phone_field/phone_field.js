import { patch } from "@web/core/utils/patch";
import { PhoneField } from "@web/views/fields/phone/phone_field";
import { useInputField } from "@web/views/fields/input_field_hook";

// The server sends a mask and a code that names the number: `+7 ••• ••• 45 67 #9KQ2M7X4TD`.
const CODE = /\s*#[0-9A-HJKMNP-TV-Z]{10}$/;

patch(PhoneField.prototype, {
    /** Not the core's setup: its input would show the code, and a blur would send the mask without it. */
    setup() {
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
    /** Typing into a mask can only spoil it: the first key replaces the whole. */
    onFocus(ev) {
        if (this.isMasked) {
            ev.target.select();
        }
    },
});
