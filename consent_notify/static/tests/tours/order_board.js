import { registry } from "@web/core/registry";

const CARD = ".o_consent_board .o_kanban_record:contains(Board Customer)";
const goTo = (action) => ({
    content: `Open ${action}`,
    trigger: "body",
    run: () => {
        window.location.href = `/odoo/action-consent_notify.${action}`;
    },
    expectUnloadPage: true,
});

// The words differ with the language: these tours go by names and run in any.
registry.category("web_tour.tours").add("consent_notify_board_ready", {
    steps: () => [
        {
            content: "Who was not told stands first in the column, with the reason and the next step",
            trigger:
                ".o_consent_board .o_kanban_record:contains(Untold Customer):has(.o_consent_untold) ~ .o_kanban_record:contains(Board Customer)",
        },
        { content: "Read it first", trigger: `${CARD} button[name=action_preview_ready]`, run: "click" },
        {
            content: "The words, their size, no reason against them, and nothing that can be edited",
            trigger:
                ".modal .o_form_view:has([name=preview_size]):not(:has(.alert)) [name=preview_words]:contains(/u/):not(:has(textarea))",
        },
        { content: "Not yet", trigger: ".modal footer button.btn-secondary:visible", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "One click", trigger: `${CARD} button[name=action_mark_ready]`, run: "click" },
        {
            content: "It is in another column, and waits for its turn",
            trigger: `${CARD}:not(:has(button[name=action_mark_ready])) .o_field_widget[name=update_status] .text-bg-info`,
        },
    ],
});

registry.category("web_tour.tours").add("consent_notify_board_told", {
    steps: () => [
        { content: "Told", trigger: `${CARD} .o_field_widget[name=update_status] .text-bg-success` },
        goTo("sandbox_message_action"),
        {
            content: "The text is on the handset, with a link",
            trigger: ".o_consent_handset .o_kanban_record:contains(S77001):contains(/u/)",
        },
        goTo("order_update_numbers_action"),
        { content: "The numbers count it", trigger: ".o_consent_tile[data-tile=sent]:contains(1)" },
        { trigger: ".o_consent_reason[data-reason=consent_missing]", run: "click" },
        {
            content: "A number opens what it counts",
            trigger: ".o_view_controller:has(.o_data_row, .o_kanban_record:not(.o_kanban_ghost)):contains(Untold Customer)",
        },
    ],
});

registry.category("web_tour.tours").add("consent_notify_order_write", {
    steps: () => [
        { trigger: ".o_form_view button[name=action_write_sms]", run: "click" },
        {
            content: "The words are begun, and the link counts as long as it will be",
            trigger: ".modal .o_sms_container .o_sms_count:contains(160)",
        },
        {
            content: "Without its link, the editor offers one",
            trigger: ".modal .o_field_widget[name=body]:visible textarea",
            run: "edit Синий или красный?",
        },
        {
            content: "Russian letters leave room for 70",
            trigger: ".modal .o_sms_container .o_sms_count:contains(18):contains(70)",
        },
        { trigger: ".modal .o_consent_add_link", run: "click" },
        { trigger: ".modal .o_sms_container:not(:has(.o_consent_add_link)) .o_sms_count:contains(47):contains(70)" },
        { trigger: ".modal footer button[name=action_send_sms]:visible", run: "click" },
        { trigger: "body:not(:has(.modal)) .o-mail-Message:contains([link])" },
    ],
});
