import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Asks for a number only while a delivery method that needs one is chosen. The server checks again before payment. */
export class DeliveryPhone extends Interaction {
    static selector = "#shop_checkout";
    static selectorHas = ".o_consent_delivery_phone";
    dynamicContent = {
        "input[name='o_delivery_radio']": { "t-on-click": this.toggle },
    };

    toggle() {
        const chosen = this.el.querySelector("input[name='o_delivery_radio']:checked");
        this.el.querySelector(".o_consent_delivery_phone").classList.toggle("d-none", !chosen?.dataset.needsPhone);
    }
}

registry.category("public.interactions").add("consent_notify.delivery_phone", DeliveryPhone);
