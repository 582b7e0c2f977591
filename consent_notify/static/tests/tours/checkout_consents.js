import { registry } from "@web/core/registry";
import * as tourUtils from "@website_sale/js/tours/tour_utils";

const NUMBER = "+32 470 12 34 56";
const DOCUMENT = "a[href^='/consent/document/']";

function openAddressForm() {
    return [
        ...tourUtils.addToCart({
            productName: "Consent Vase",
            search: false,
            expectUnloadPage: true,
        }),
        tourUtils.goToCart(),
        tourUtils.goToCheckout(),
        {
            content: "No box comes ticked",
            trigger: "fieldset.o_consent_notify:not(:has(input:checked)) #consent_order_sms",
        },
    ];
}

function fillAddress() {
    const address = {
        name: "Ada Miller",
        email: "ada@example.com",
        street: "12 Elm Street",
        city: "Ghent",
        zip: "9000",
    };
    return [
        { trigger: "#o_country_id", run: "selectByLabel Belgium" },
        ...Object.entries(address).map(([name, value]) => ({
            content: `Fill in ${name}`,
            trigger: `form.address_autoformat input[name=${name}]`,
            run: `edit ${value}`,
        })),
        {
            content: "The phone is optional, whatever the country asks for",
            trigger: "label.label-optional[for=o_phone]",
        },
    ];
}

function confirmAddress(expectUnloadPage = true) {
    return {
        content: "Send the address",
        // Before its code has started the button is a link, which leaves the page.
        trigger: "body[is-ready=true] a[name=website_sale_main_button]",
        run: "click",
        expectUnloadPage,
    };
}

function lookAtAddressAgain() {
    return {
        content: "Look at the address again",
        trigger: "#shop_checkout .js_edit_address",
        run: "click",
        expectUnloadPage: true,
    };
}

function finishOrder() {
    return [
        tourUtils.confirmOrder(),
        {
            content: "Confirm the order, which costs nothing",
            trigger: "[name=o_website_sale_free_cart] button:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "The order went through", trigger: "#wrap:has([name=order_confirmation])" },
    ];
}

registry.category("web_tour.tours").add("consent_notify_checkout_tick", {
    url: "/shop?search=Consent Vase",
    steps: () => [
        ...openAddressForm(),
        ...fillAddress(),
        { content: "Tick by the label", trigger: "label[for=consent_order_sms]", run: "click" },
        { content: "Tick another", trigger: "#consent_offer_sms", run: "check" },
        { content: "Think again", trigger: "#consent_offer_sms:checked", run: "uncheck" },
        confirmAddress(false),
        {
            content: "A tick without a number is told, and the field is marked",
            trigger: "#errors[role=alert]:contains(type your phone number)",
        },
        { trigger: "#o_phone.is-invalid", run: `edit ${NUMBER}` },
        confirmAddress(),
        lookAtAddressAgain(),
        {
            content: "The yes stands as text, not as an empty box",
            trigger: ".o_consent_standing:contains(Text me about my order)",
        },
        {
            content: "Another number is asked about anew",
            trigger: "#o_phone",
            run: "edit +32 470 65 43 21",
        },
        { trigger: ".o_consent_anew:not(.d-none) #consent_order_sms:enabled:not(:checked)" },
        { content: "Back to the first number", trigger: "#o_phone", run: `edit ${NUMBER}` },
        { trigger: ".o_consent_anew.d-none #consent_order_sms:not(:visible)" },
        confirmAddress(),
        ...finishOrder(),
    ],
});

/** By names alone: it runs in any language. */
function liveIn(pattern) {
    return {
        content: `Live in ${pattern}`,
        trigger: "#o_country_id",
        run() {
            const country = [...this.anchor.options].find((option) => pattern.test(option.textContent));
            this.anchor.value = country.value;
            this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
        },
    };
}

const BELGIUM = /Belgium|Бельгия/;

/** Up to the button that sends them. */
function sayYesInAnyLanguage() {
    return [
        ...openAddressForm(),
        liveIn(BELGIUM),
        ...fillAddress().slice(1),
        { trigger: "#o_phone", run: `edit ${NUMBER}` },
        { content: "Tick by the label", trigger: "label[for=consent_order_sms]", run: "click" },
    ];
}

registry.category("web_tour.tours").add("consent_notify_checkout_any", {
    url: "/shop?search=Consent Vase",
    steps: () => [
        ...sayYesInAnyLanguage(),
        {
            content: "Nothing sticks out to the right",
            trigger: "#consent_order_sms:checked",
            run() {
                const { scrollWidth } = document.documentElement;
                if (scrollWidth > window.innerWidth) {
                    throw new Error(`The page is ${scrollWidth} wide, the screen ${window.innerWidth}`);
                }
            },
        },
        confirmAddress(),
        ...finishOrder(),
    ],
});

const STANDING = ".o_consent_standing:has(#consent_stop_order_sms)";

registry.category("web_tour.tours").add("consent_notify_checkout_take_back", {
    url: "/shop?search=Consent Vase",
    steps: () => [
        ...sayYesInAnyLanguage(),
        confirmAddress(),
        lookAtAddressAgain(),
        { content: "Open what the yes can be changed by", trigger: `${STANDING} summary`, run: "click" },
        { content: "Another number", trigger: "#o_phone", run: "edit +32 470 65 43 21" },
        { content: "No yes stands for it", trigger: "#consent_stop_order_sms:not(:visible)" },
        { content: "Back to the first number", trigger: "#o_phone", run: `edit ${NUMBER}` },
        { content: "Take it back", trigger: `${STANDING} label[for=consent_stop_order_sms]`, run: "click" },
        { trigger: "#consent_stop_order_sms:checked" },
        liveIn(/Russian Federation|Росси/),
        {
            content: "The words of another country: nothing is ticked in them",
            trigger: `.o_consent_notify:has(${DOCUMENT}):not(:has(input:checked)) ${STANDING}`,
        },
        liveIn(BELGIUM),
        {
            content: "And back, to take it back for good",
            trigger: `.o_consent_notify:not(:has(${DOCUMENT})) ${STANDING} summary`,
            run: "click",
        },
        { trigger: `${STANDING} label[for=consent_stop_order_sms]`, run: "click" },
        { trigger: `${STANDING} #consent_stop_order_sms:checked` },
        confirmAddress(),
        ...finishOrder(),
    ],
});

registry.category("web_tour.tours").add("consent_notify_checkout_refuse", {
    url: "/shop?search=Consent Vase",
    steps: () => [
        ...openAddressForm(),
        ...fillAddress(),
        { trigger: "#o_phone", run: `edit ${NUMBER}` },
        confirmAddress(),
        ...finishOrder(),
    ],
});

registry.category("web_tour.tours").add("consent_notify_delivery_phone", {
    url: "/shop?search=Consent Vase",
    steps: () => [
        ...openAddressForm(),
        liveIn(BELGIUM),
        ...fillAddress().slice(1),
        confirmAddress(),
        { content: "The plain method asks for nothing", trigger: "#delivery_phone.d-none:not(:visible)" },
        {
            content: "Choose the courier who needs a number",
            trigger: "li:contains(Consent Courier) input[name=o_delivery_radio]:enabled",
            run: "click",
        },
        { content: "Now it is asked", trigger: "#delivery_phone:not(.d-none) #o_delivery_phone" },
        tourUtils.confirmOrder(),
        { content: "No payment without it", trigger: ".alert-danger:contains(Consent Courier)" },
        { trigger: "#o_delivery_phone", run: `edit ${NUMBER}` },
        { trigger: "#delivery_phone button[type=submit]", run: "click", expectUnloadPage: true },
        {
            content: "Confirm the order, which costs nothing",
            trigger: "[name=o_website_sale_free_cart] button:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "The order went through", trigger: "#wrap:has([name=order_confirmation])" },
    ],
});

registry.category("web_tour.tours").add("consent_notify_checkout_document", {
    url: "/shop?search=Consent Vase",
    steps: () => [
        ...openAddressForm(),
        liveIn(BELGIUM),
        ...fillAddress().slice(1),
        { trigger: "#o_phone", run: `edit ${NUMBER}` },
        { content: "There is no document yet", trigger: `.o_consent_notify:not(:has(${DOCUMENT}))` },
        { content: "Answer before the country", trigger: "#consent_offer_sms", run: "check" },
        liveIn(/Russian Federation|Росси/),
        {
            content: "Other words: nothing is ticked, and the customer is told",
            trigger: `.o_consent_notify:has(${DOCUMENT}):not(:has(input:checked)) + .o_consent_law:not(.d-none)`,
        },
        {
            content: "The document opens in a tab of its own, and ticks nothing",
            trigger: `${DOCUMENT}[target=_blank]`,
        },
        { content: "Tick by the label", trigger: "label[for=consent_order_sms]", run: "click" },
        { trigger: "#consent_order_sms:checked" },
        confirmAddress(),
        ...finishOrder(),
    ],
});
