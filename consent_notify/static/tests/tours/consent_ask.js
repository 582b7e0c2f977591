import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import * as tourUtils from "@website_sale/js/tours/tour_utils";

const WALLET = {
    name: "Ada Miller",
    email: "ada@example.com",
    phone: "+32 470 12 34 56",
    street: "12 Elm Street",
    street2: "",
    city: "Ghent",
    zip: "9000",
    country: "BE",
    state: "",
};

const goTo = (url) => ({
    content: `Open ${url}`,
    trigger: "body",
    run: () => {
        window.location.href = url;
    },
    expectUnloadPage: true,
});

const confirmOrder = () => [
    {
        content: "Confirm the order, which costs nothing",
        trigger: "[name=o_website_sale_free_cart] button:enabled",
        run: "click",
        expectUnloadPage: true,
    },
    { content: "The order went through", trigger: "#wrap:has([name=order_confirmation], #order_name)" },
];

// The words differ with the language: these tours go by names and run in any.
registry.category("web_tour.tours").add("consent_notify_ask_payment", {
    steps: () => [
        goTo("/shop/checkout"),
        { content: "A delivery is chosen", trigger: "input[name=o_delivery_radio]:checked:enabled" },
        goTo("/shop/payment"),
        {
            content: "No box comes ticked, and nothing holds the order up",
            trigger: "#consent_ask fieldset:not(:has(input:checked)) #consent_order_sms",
        },
        { trigger: "[name=o_website_sale_free_cart] button:enabled" },
        { content: "Tick by the label", trigger: "#consent_ask label[for=consent_order_sms]", run: "click" },
        { trigger: "#consent_ask button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "It is kept, and nothing is asked again", trigger: "#consent_ask:not(:has(form)) [role=status]" },
        ...confirmOrder(),
    ],
});

registry.category("web_tour.tours").add("consent_notify_ask_along", {
    steps: () => [
        goTo("/shop/checkout"),
        { content: "A delivery is chosen", trigger: "input[name=o_delivery_radio]:checked:enabled" },
        goTo("/shop/payment"),
        { trigger: "#consent_ask #consent_offer_sms", run: "check" },
        ...confirmOrder(),
        { content: "A tick without Save was sent along", trigger: "body:not(:has(#consent_ask form))" },
    ],
});

const BUTTON = "[name=o_website_sale_free_cart] button:enabled";

/** Press the button as if the payment failed: nothing but the answer goes along. */
const payInVain = () => ({
    content: "Pay, in vain",
    trigger: BUTTON,
    async run({ anchor }) {
        const refuse = (ev) => {
            ev.preventDefault();
            ev.stopImmediatePropagation();
        };
        anchor.addEventListener("click", refuse, { once: true, capture: true });
        const answers = () =>
            window.performance.getEntriesByName(new URL("/shop/consent", window.location).href).length;
        const before = answers();
        anchor.click();
        while (answers() === before) {
            await new Promise((done) => {
                window.requestAnimationFrame(done);
            });
        }
    },
});

registry.category("web_tour.tours").add("consent_notify_ask_changed", {
    steps: () => [
        goTo("/shop/checkout"),
        { content: "A delivery is chosen", trigger: "input[name=o_delivery_radio]:checked:enabled" },
        goTo("/shop/payment"),
        { trigger: "#consent_ask #consent_offer_sms", run: "check" },
        payInVain(),
        { content: "Think again", trigger: "#consent_ask #consent_offer_sms", run: "uncheck" },
        { trigger: "#consent_ask #consent_order_sms", run: "check" },
        payInVain(),
        ...confirmOrder(),
    ],
});

registry.category("web_tour.tours").add("consent_notify_ask_confirmation", {
    steps: () => [
        ...tourUtils.addToCart({ productName: "Consent Vase", search: false, expectUnloadPage: true }),
        tourUtils.goToCart(),
        {
            content: "Pay with a wallet, which brings its own address",
            trigger: "body",
            run: () => rpc("/shop/express_checkout", { billing_address: WALLET }),
        },
        goTo("/shop/payment/validate"),
        { trigger: "#consent_ask label[for=consent_order_call]", run: "click" },
        { trigger: "#consent_ask button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: "#consent_ask:not(:has(form)) [role=status]" },
    ],
});

registry.category("web_tour.tours").add("consent_notify_ask_brought_back", {
    steps: () => [
        goTo("/shop/checkout"),
        { content: "A delivery is chosen", trigger: "input[name=o_delivery_radio]:checked:enabled" },
        goTo("/shop/payment"),
        { trigger: "#consent_ask #consent_order_sms", run: "check" },
        {
            content: "Save, leave, and come back to the page as the browser kept it",
            trigger: "#consent_ask button[type=submit]",
            run({ anchor }) {
                document.addEventListener("submit", (ev) => ev.preventDefault(), { once: true });
                anchor.click();
                window.dispatchEvent(new window.PageTransitionEvent("pageshow", { persisted: true }));
            },
        },
        { content: "Save again", trigger: "#consent_ask button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "It is kept", trigger: "#consent_ask:not(:has(form)) [role=status]" },
    ],
});
