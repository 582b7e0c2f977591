import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const GO_ON = "button[name='o_payment_submit_button'], form[name='o_wsale_confirm_order'] button";

/**
 * The block of a number without an answer. Whoever ticks a box and goes on without "Save" has answered too: the form
 * is sent along. Whoever leaves it untouched has not, and only what was on the screen is noted.
 */
export class ConsentAsk extends Interaction {
    static selector = ".o_consent_ask form";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
        _document: { "t-on-click.capture": this.onClick },
        _window: { "t-on-pageshow": this.onPageShow },
    };

    setup() {
        this.isSubmitted = false;
        this.sent = ""; // the ticks that went along, which the server knows
    }

    get ticks() {
        return [...this.el.querySelectorAll("input[type='checkbox']:checked")].map((box) => box.name).join();
    }

    start() {
        if (this.el.elements.step.value !== "confirmation") {
            return; // the payment itself says that its page was passed
        }
        const observer = new window.IntersectionObserver((entries) => {
            if (entries.some((entry) => entry.isIntersecting)) {
                observer.disconnect();
                this.send({ consent_seen: "1" });
            }
        });
        observer.observe(this.el);
        this.registerCleanup(() => observer.disconnect());
    }

    onSubmit(ev) {
        if (this.isSubmitted) {
            ev.preventDefault();
        }
        this.isSubmitted = true;
    }

    /** The browser brings a page that was left back as it stood, its button pressed. */
    onPageShow(ev) {
        if (ev.persisted) {
            this.isSubmitted = false;
        }
    }

    /** Also after a payment that failed: whoever ticked something else meanwhile has answered anew. */
    async onClick(ev) {
        const { ticks, sent } = this;
        if (!this.isSubmitted && ticks !== sent && ev.target.closest?.(GO_ON)) {
            this.sent = ticks;
            if (!(await this.send())) {
                this.sent = sent;
            }
        }
    }

    send(more = {}) {
        const body = new URLSearchParams(new FormData(this.el));
        for (const [name, value] of Object.entries(more)) {
            body.set(name, value);
        }
        // Outlives the page, and never holds the order up.
        return fetch(this.el.action, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => null);
    }
}

registry.category("public.interactions").add("consent_notify.ask", ConsentAsk);
