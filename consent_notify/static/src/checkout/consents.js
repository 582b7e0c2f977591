import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const digits = (text) => text.replace(/\D/g, "");

/**
 * A yes stands for one number. When another one is typed, it is asked about anew: boxes come in place of the standing
 * answers. Without JavaScript the new number simply starts with no answer.
 */
export class Consents extends Interaction {
    static selector = ".o_customer_address_fill";
    static selectorHas = ".o_consent_notify";
    dynamicContent = {
        "input[name='phone']": { "t-on-input": this.askAnew },
    };

    setup() {
        this.phone = this.el.querySelector("input[name='phone']");
        this.known = digits(this.phone.defaultValue);
        this.errors = this.el.querySelector("#errors");
    }

    start() {
        // On a phone the message would appear far above what the customer looks at.
        const observer = new MutationObserver(() => {
            if (this.errors.childElementCount) {
                this.errors.scrollIntoView({ block: "center" });
            }
        });
        observer.observe(this.errors, { childList: true });
        this.registerCleanup(() => observer.disconnect());
        this.askAnew(); // the browser may have kept what was typed before a reload
    }

    askAnew() {
        const boxes = this.el.querySelectorAll(".o_consent_anew");
        const isNew = boxes.length > 0 && digits(this.phone.value) !== this.known;
        for (const box of boxes) {
            box.classList.toggle("d-none", !isNew);
            box.querySelector("input").disabled = !isNew;
        }
        for (const standing of this.el.querySelectorAll(".o_consent_standing:has(+ .o_consent_anew)")) {
            standing.classList.toggle("d-none", isNew);
        }
        this.el.querySelector("input[name='consent_new_number']").disabled = !isNew;
    }
}

registry.category("public.interactions").add("consent_notify.consents", Consents);
