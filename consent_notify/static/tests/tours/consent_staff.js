import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

// By names alone: these hands work in any language, on a desk and on a handset.
const PAPER = "%PDF-1.4\n%signed by hand\n%%EOF\n";
// A yes that is older than its term would be refused.
const DAY = new Date(Date.now() - 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
const ROWS = [
    "external_id,email,name,number,purpose,answer,date,proof,words",
    `,staff_anna@example.com,,,offer_sms,yes,${DAY},"Paper form, folder 3","May we text you?"`,
    `,nobody@example.com,,,offer_sms,yes,${DAY},"Paper form, folder 4","May we text you?"`,
].join("\r\n");

const press = (name) => ({ trigger: `.o_dialog button[name=${name}]:enabled`, run: "click" });

function upload(field, name, content, type) {
    return [
        {
            content: `Choose ${name}`,
            trigger: `.o_dialog .o_field_widget[name=${field}]`,
            run() {
                const input = this.anchor.querySelector("input[type=file]");
                const files = new window.DataTransfer();
                files.items.add(new window.File([content], name, { type }));
                input.files = files.files;
                input.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        { content: "It is there", trigger: `.o_dialog .o_field_widget[name=${field}] input.o_input:value(${name})` },
    ];
}

/** Where the screen is small a button may wait behind “More”. */
function openBy(name) {
    return [
        {
            trigger: ".o_form_view:has(.o_field_widget[name=phone]) .o-form-buttonbox",
            run() {
                if (!document.querySelector(`button[name=${name}]`)) {
                    document.querySelector(".o-form-buttonbox .o_button_more").click();
                }
            },
        },
        { content: `Press ${name}`, trigger: `button[name=${name}]`, run: "click" },
    ];
}

function openAsk() {
    return [
        ...openBy("action_consent_ask"),
        {
            content: "Nothing is chosen",
            trigger: ".o_dialog .o_consent_answers:not(:has(input:checked))",
            timeout: 60000,
        },
    ];
}

function answer(...answers) {
    return answers.map((word, place) => ({
        content: `Answer ${word}`,
        trigger: `.o_dialog .o_consent_answers fieldset:nth-child(${place + 1}) label[for$=_${word}]`,
        run: "click",
    }));
}

function ask(place, answers, extra = []) {
    return [
        ...openAsk(),
        { content: `At the ${place}`, trigger: `.o_dialog input[data-value=${place}]`, run: "click" },
        ...extra,
        ...answer(...answers),
        press("action_record"),
        { content: "It is kept", trigger: "body:not(:has(.o_dialog)) .o_form_view", timeout: 60000 },
    ];
}

registry.category("web_tour.tours").add("consent_notify_staff_ask", {
    steps: () => [
        ...ask("counter", ["granted", "refused", "none"]),
        ...ask("telephone", ["granted", "granted", "refused"]),
        ...ask("paper", ["refused", "none", "granted"], upload("scan", "signed.pdf", PAPER, "application/pdf")),
    ],
});

const readOut = (code) => [
    { content: "The customer reads it out", trigger: ".o_dialog [name=code] input", run: `edit ${code}` },
    press("action_confirm"),
];

// The test has it sent before, and knows it.
registry.category("web_tour.tours").add("consent_notify_staff_confirm", {
    steps: () => [
        ...openBy("action_consent_confirm"),
        { content: "On the telephone", trigger: ".o_dialog input[data-value=telephone]", run: "click" },
        ...readOut("000000"),
        { content: "That was not it", trigger: ".o_dialog .alert-danger[role=alert]:visible" },
        ...readOut("482 913"),
        { content: "It is confirmed", trigger: "body:not(:has(.o_dialog)) .o_form_view" },
        {
            content: "The number is ready to be used",
            trigger: ".o_consent_notify_badge[data-code=order_sms][data-state=yes]",
        },
    ],
});

registry.category("web_tour.tours").add("consent_notify_staff_import", {
    steps: () => [
        ...upload("file", "answers.csv", ROWS, "text/csv"),
        press("action_check"),
        {
            content: "One row is accepted, and one is refused with a reason",
            trigger: ".o_dialog .o_field_widget[name=refused_count]:contains(1)",
        },
        press("action_import"),
        { content: "It is told", trigger: ".o_dialog .alert-success[role=status]:visible" },
        press("action_close"),
        { trigger: "body:not(:has(.o_dialog))" },
    ],
});

const openMenu = {
    content: "Open the actions",
    trigger: ".o_form_view .o_cp_action_menus button:has(.fa-cog)",
    run: "click",
};

function choose(content, pattern) {
    return {
        content,
        trigger: ".o-dropdown--menu .o-dropdown-item, .o_bottom_sheet .o-dropdown-item",
        run() {
            const items = [...document.querySelectorAll(".o-dropdown-item")];
            items.find((item) => pattern.test(item.textContent)).click();
        },
    };
}

let file = null;

registry.category("web_tour.tours").add("consent_notify_staff_evidence", {
    steps: () => [
        {
            content: "What a tab would be opened for is fetched here",
            trigger: ".o_form_view",
            run() {
                browser.open = (url) => {
                    file = fetch(url);
                    return window;
                };
            },
        },
        openMenu,
        choose("Take evidence", /Take evidence|доказательств/i),
        press("action_download"),
        {
            content: "Who takes it types the password",
            trigger: ".o_dialog input[type=password]",
            run: "edit staff_manager",
        },
        { trigger: ".o_dialog:has(input[type=password]) button.btn-primary:enabled", run: "click" },
        {
            content: "The file comes, and no dialog stays",
            trigger: "body:not(:has(.o_dialog))",
            async run() {
                const response = await file;
                if (!response.ok || response.headers.get("Content-Type") !== "application/zip") {
                    throw new Error(`Instead of the file came ${response.status}`);
                }
            },
        },
        {
            content: "The receipt of the same customer, as a file",
            trigger: ".o_form_view",
            async run() {
                const [, id] = window.location.pathname.match(/(\d+)$/);
                const response = await fetch(`/consent_notify/receipt/${id}.json`);
                const receipt = await response.json();
                if (receipt.events.length !== 2) {
                    throw new Error("The receipt does not hold the two events.");
                }
            },
        },
    ],
});
