import { registry } from "@web/core/registry";

// Words are left out: the same hands walk it in every language.
registry.category("web_tour.tours").add("consent_notify_told_to_stop", {
    steps: () => [
        { content: "The customer says: no more texts", trigger: "button[name=action_consent_ask]", run: "click" },
        { content: "On the telephone", trigger: ".modal [name=place] input[data-value=telephone]", run: "click" },
        { content: "One button for everything", trigger: ".modal button[name=action_stop]", run: "click" },
        {
            content: "What it means, once more",
            trigger: ".modal:not(:has(button[name=action_stop])) .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It stands beside the number at once",
            trigger: "body:not(:has(.modal)) .o_consent_notify_badge[data-code=order_sms][data-state=withdrawn]",
        },
    ],
});
