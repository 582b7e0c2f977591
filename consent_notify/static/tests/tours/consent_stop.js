import { registry } from "@web/core/registry";

const ask = (content) => ({ content, trigger: "button[name=action_consent_ask]", run: "click" });
const onTelephone = {
    content: "On the telephone",
    trigger: ".modal [name=place] input[data-value=telephone]",
    run: "click",
};
const say = (place, word) => ({
    content: `About use ${place}: ${word}`,
    trigger: `.modal .o_consent_answers fieldset:nth-child(${place}) label[for$=_${word}]`,
    run: "click",
});
const badge = (code, state) => `.o_consent_notify_badge[data-code=${code}][data-state=${state}]`;

// Words are left out: the same hands walk it in every language.
registry.category("web_tour.tours").add("consent_notify_told_to_stop", {
    steps: () => [
        ask("The customer says: no more texts about the order"),
        onTelephone,
        say(1, "withdrawn"),
        say(2, "none"),
        say(3, "none"),
        { content: "That use alone", trigger: ".modal button[name=action_record]", run: "click" },
        {
            content: "It stands beside the number, and calls are as welcome as before",
            trigger: `body:not(:has(.modal)):has(${badge("order_call", "yes")}) ${badge("order_sms", "withdrawn")}`,
        },
        ask("The customer says: stop everything"),
        onTelephone,
        { content: "One button for everything", trigger: ".modal button[name=action_stop]", run: "click" },
        {
            content: "What it means, once more",
            trigger: ".modal:not(:has(button[name=action_stop])) .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It stands beside the number at once",
            trigger: `body:not(:has(.modal)) ${badge("order_call", "withdrawn")}`,
        },
    ],
});
