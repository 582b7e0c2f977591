import { Interaction } from "@web/public/interaction";
import { get } from "@web/core/network/http_service";
import { registry } from "@web/core/registry";

const TICKED = ".o_consent_notify input[type='checkbox']:checked";
/** What a hidden field says was shown, without its time and its hash. */
const shownBy = (block) => block.querySelector("input[name='consent_shown']").value.split(".")[1];
const digits = (text) => text.replace(/\D/g, "");

/**
 * A yes stands for one number. When another one is typed, it is asked about anew: boxes come in place of the standing
 * answers. Without JavaScript the new number simply starts with no answer.
 *
 * The words are those of the law where the customer lives: another country on the form brings other words. Without
 * JavaScript the words stay, and the log says which ones they were.
 */
export class Consents extends Interaction {
    static selector = ".o_customer_address_fill";
    static selectorHas = ".o_consent_notify";
    dynamicContent = {
        "input[name='phone']": { "t-on-input": this.askAnew },
        "select[name='country_id']": { "t-on-change": this.followCountry },
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
        this.askAnew(); // the browser may have kept what was typed before a reload, or before this ran
        const country = this.el.querySelector("select[name='country_id']");
        if (country && !country.selectedOptions[0]?.defaultSelected) {
            this.followCountry();
        }
    }

    async followCountry() {
        const { country_id, partner_id, address_type } = this.el.querySelector("form.address_autoformat").elements;
        const values = { country_id, partner_id, address_type };
        const query = new URLSearchParams(Object.entries(values).map(([name, input]) => [name, input?.value || ""]));
        let page;
        try {
            page = await this.waitFor(get(`/shop/consent_words?${query}`, "text"));
        } catch {
            return; // the words on the form are true, and they are what is recorded
        }
        const body = document.createElement("template");
        body.innerHTML = page; // our own server's, escaped by its template
        const fresh = body.content.querySelector(".o_consent_notify");
        const block = this.el.querySelector(".o_consent_notify");
        // An answer that came late: the customer chose yet another country in the meantime.
        if (!fresh || query.get("country_id") !== country_id.value || shownBy(fresh) === shownBy(block)) {
            return;
        }
        this.el.querySelector(".o_consent_law").classList.toggle("d-none", !this.el.querySelector(TICKED));
        block.replaceWith(fresh);
        this.askAnew();
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
