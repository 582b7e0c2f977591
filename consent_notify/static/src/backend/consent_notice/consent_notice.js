import { Component, markup } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { TextField, textField } from "@web/views/fields/text/text_field";

const PAUSE = 400; // of typing, in milliseconds, after which the preview follows

/** Words that show in the preview while they are typed, not only when the field is left. */
export class LiveTextField extends TextField {
    static template = "consent_notify.LiveTextField";

    setup() {
        super.setup();
        this.onInput = useDebounced((ev) => {
            // The field keeps what is typed meanwhile: only its own `change` takes a value for final.
            const { record, name } = this.props;
            const value = ev.target.value;
            if (value !== (record.data[name] || "")) {
                record.update({ [name]: value });
            }
        }, PAUSE);
    }
}

registry.category("fields").add("consent_live_text", { ...textField, component: LiveTextField });

/** Markup that the server made from a template, as it is: shown, not used. */
export class PreviewField extends Component {
    static template = "consent_notify.PreviewField";
    static props = { ...standardFieldProps };

    get value() {
        return markup(this.props.record.data[this.props.name] || "");
    }
}

registry.category("fields").add("consent_preview", { component: PreviewField, supportedTypes: ["html"] });
