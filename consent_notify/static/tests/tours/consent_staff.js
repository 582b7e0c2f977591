import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

// By names alone: these hands work in any language, on a desk and on a handset.
const ROWS = [
    "external_id,email,name,number,purpose,answer,date,proof,words",
    ',staff_anna@example.com,,,offer_sms,yes,2024-11-30,"Paper form, folder 3","May we text you?"',
    ',nobody@example.com,,,offer_sms,yes,2024-11-30,"Paper form, folder 4","May we text you?"',
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
