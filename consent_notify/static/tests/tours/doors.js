import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

// By names alone: these hands work in any language, on a desk and on a handset.
const NUMBER = "+7 916 123-45-67";
const SHOWN = `.o_dialog .display-6:contains(${NUMBER})`;
const BUTTON = ".o_dialog footer button.btn-primary:enabled";
let tick = null;
let copied = "";

function check(content, trigger, test) {
    return {
        content,
        trigger,
        run() {
            if (!test(this.anchor)) {
                throw new Error(`Not so: ${content}`);
            }
        },
    };
}

const takeClock = {
    content: "The clock of the dialog and the clipboard are in these hands",
    trigger: ".o_form_view",
    run() {
        const setInterval = browser.setInterval;
        browser.setInterval = (callback, milliseconds) => {
            if (milliseconds !== 1000) {
                return setInterval(callback, milliseconds);
            }
            tick = callback;
            return 0;
        };
        window.navigator.clipboard.writeText = async (text) => {
            copied = text;
        };
    },
};

const pressEye = { trigger: ".o_field_widget[name=phone] .o_consent_notify_eye", run: "click" };

const typePassword = (login) => [
    { trigger: ".o_dialog input[type=password]", run: `edit ${login}` },
    { trigger: ".o_dialog:has(input[type=password]) button.btn-primary:enabled", run: "click" },
];

/** The number is on the screen for two minutes, by the dialog's clock; `left` is what is there when they are over. */
const waitTwoMinutes = (left) => [
    {
        content: "A second before the end",
        trigger: `${SHOWN} ~ .text-muted:contains(2:00)`,
        run() {
            for (let second = 0; second < 119; second++) {
                tick();
            }
        },
    },
    { content: "The end", trigger: `${SHOWN} ~ .text-muted:contains(0:01)`, run: () => tick() },
    check(
        "The number is nowhere",
        left,
        () => !`${document.body.innerHTML}${document.body.textContent}`.includes("123-45-67")
    ),
];

const useNumber = [
    { content: "Call", trigger: ".o_dialog a.btn[href='tel:+79161234567']" },
    { content: "Copy", trigger: `${SHOWN} ~ div button.btn-secondary`, run: "click" },
    check("It is copied as a telephone takes it", ".o_notification", () => copied === "+79161234567"),
];

registry.category("web_tour.tours").add("consent_notify_door_show", {
    steps: () => [
        takeClock,
        pressEye,
        ...typePassword("door_manager"),
        check("The open order is the reason", ".o_dialog #consent_show_reason", (select) => select.value === "order"),
        check("This order is chosen", ".o_dialog #consent_show_order", (select) =>
            select.selectedOptions[0].textContent.includes("S88001")
        ),
        { trigger: BUTTON, run: "click" },
        ...useNumber,
        ...waitTwoMinutes("body:not(:has(.o_dialog)) .o_field_widget[name=phone]"),
        { content: "Once more, for a reason of its own", ...pressEye },
        { trigger: ".o_dialog #consent_show_reason", run: "select other" },
        { trigger: ".o_dialog #consent_show_note", run: "edit no" },
        { trigger: BUTTON, run: "click" },
        { content: "Two letters are no reason", trigger: ".o_dialog .alert-danger" },
        { trigger: ".o_dialog footer button.btn-secondary", run: "click" },
        { trigger: "body:not(:has(.o_dialog))" },
    ],
});

registry.category("web_tour.tours").add("consent_notify_door_call", {
    steps: () => [
        takeClock,
        {
            content: "What does not fit stands behind a button",
            isActive: ["mobile"],
            trigger: ".o_statusbar_buttons button:has(.oi-ellipsis-v)",
            run: "click",
        },
        { trigger: "button[name=action_call]:visible", run: "click" },
        ...typePassword("door_manager"),
        { content: "The customer allows calls", trigger: ".o_dialog form .fa-check-circle" },
        { trigger: ".o_dialog #consent_call_note", run: "edit the colour of the vase" },
        { trigger: BUTTON, run: "click" },
        ...useNumber,
        ...waitTwoMinutes(".o_dialog fieldset"),
        {
            content: "The outcome can still be noted",
            trigger: ".o_dialog label[for=consent_call_reached]",
            run: "click",
        },
        { trigger: ".o_dialog #consent_call_said", run: "edit the blue one" },
        { trigger: BUTTON, run: "click" },
        { trigger: "body:not(:has(.o_dialog)) .o-mail-Message:contains(the blue one)" },
    ],
});

registry.category("web_tour.tours").add("consent_notify_door_one_factor", {
    steps: () => [
        pressEye,
        ...typePassword("door_one_factor"),
        {
            content: "No reason is asked for, since no reason would do",
            trigger: ".o_dialog .modal-body:not(:has(select, input, .display-6)) p",
        },
        { content: "Switch it on", trigger: BUTTON, run: "click" },
        { content: "Here is how", trigger: ".o_dialog .o_auth_totp_enable_2FA .o_field_widget[name=code]" },
        { trigger: ".o_dialog footer button[special=cancel], .o_dialog footer .btn-secondary", run: "click" },
        { trigger: "body:not(:has(.o_dialog))" },
    ],
});

const goTo = (type) => ({
    content: `Open the access log as ${type}`,
    isActive: ["desktop"], // a handset shows cards, whatever the address says
    trigger: "body",
    run: () => {
        window.location.href = `/odoo/action-consent_notify.phone_access_action?view_type=${type}`;
    },
    expectUnloadPage: true,
});

registry.category("web_tour.tours").add("consent_notify_access_log", {
    steps: () => [
        {
            content: "Who saw a number, and for which order; on a handset as cards",
            trigger: [".o_data_row", ".o_kanban_record"]
                .map((row) => `${row}:contains(door_manager):contains(S88001)`)
                .join(", "),
        },
        goTo("pivot"),
        { isActive: ["desktop"], trigger: ".o_pivot_view tbody tr:contains(door_manager):contains(2)" },
        goTo("graph"),
        { isActive: ["desktop"], trigger: ".o_graph_view .o_graph_renderer canvas" },
    ],
});
