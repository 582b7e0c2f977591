import { registry } from "@web/core/registry";

const BADGE = ".o_field_phone .o_consent_notify_badge";

/** What stands beside a number: each purpose with its answer in words, never "no answer" for none. */
function readBadges() {
    return [
        {
            content: "Allowed: order updates",
            trigger: `${BADGE}[data-code=order_sms][data-state=yes][title*='since']:contains(Order updates by SMS: yes)`,
        },
        {
            content: "Refused: calls",
            trigger: `${BADGE}[data-code=order_call][data-state=no]:contains(Calls about an order: no)`,
        },
        {
            content: "Never asked: offers",
            trigger: `${BADGE}[data-code=offer_sms][data-state=unasked]:contains(Offers by SMS: nobody asked)`,
        },
    ];
}

registry.category("web_tour.tours").add("consent_notify_badges_contact", {
    steps: () => [
        ...readBadges(),
        {
            content: "A number that is being typed has no answers yet",
            trigger: ".o_field_phone input",
            run: "edit +12025550148 && click body",
        },
        { trigger: ".o_form_view:not(:has(.o_consent_notify_badge))" },
        { content: "Discard it", trigger: ".o_form_button_cancel", run: "click" },
        {
            content: "The keyboard reaches a badge, and it opens the answers",
            trigger: `${BADGE}[data-code=order_sms]`,
            run: async ({ anchor, press }) => {
                anchor.focus();
                if (document.activeElement !== anchor) {
                    throw new Error("The badge cannot be reached by the keyboard.");
                }
                await press("Enter");
            },
        },
        { trigger: ".o_list_view .o_data_row:contains(Order updates by SMS)" },
    ],
});

registry.category("web_tour.tours").add("consent_notify_badges_order", {
    steps: () => [
        ...readBadges(),
        {
            content: "Read-only, the number is a mask without its code, and no link to dial",
            trigger:
                ".o_field_phone[name=customer_phone]:has(.o_consent_notify_mask):not(:contains(#)):not(:has(a[href^=tel]))",
        },
    ],
});
