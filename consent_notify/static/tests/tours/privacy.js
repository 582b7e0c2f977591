import { registry } from "@web/core/registry";

// Words are left out: the same hands walk the page in every language, on a desk and on a handset.
const use = (code) => `form.o_consent_use_${code}`;

const fits = {
    content: "Nothing sticks out to the right",
    trigger: ".o_consent_privacy",
    run() {
        const { scrollWidth } = document.documentElement;
        if (scrollWidth > window.innerWidth) {
            throw new Error(`The page is ${scrollWidth} wide, the screen ${window.innerWidth}`);
        }
    },
};

function press(content, trigger) {
    return { content, trigger, run: "click", expectUnloadPage: true };
}

registry.category("web_tour.tours").add("consent_notify_privacy", {
    steps: () => [
        press("From home to the privacy page", ".o_portal_docs a[href$='/my/privacy']"),
        fits,
        { content: "The words stand with the box", trigger: `${use("order_sms")} p:not(:empty)` },
        press("Switch on", `${use("order_sms")}:not(.o_consent_on) button[value=give]`),
        { content: "It is told", trigger: "#consent_done .alert-success[role=status]" },
        { content: "Read the words again", trigger: `${use("order_sms")}.o_consent_on summary`, run: "click" },
        { content: "They are there", trigger: `${use("order_sms")} details[open] p:visible` },
        press("Switch off", `${use("order_sms")} button[value=stop]`),
        {
            content: "It is off, and can be switched on again",
            trigger: `${use("order_sms")}:not(.o_consent_on) button[value=give]`,
        },
        press("Switch on once more", `${use("order_sms")} button[value=give]`),
        { content: "From", trigger: "#consent_hour_from", run: "select 10" },
        { content: "Until", trigger: "#consent_hour_to", run: "select 18" },
        press("Save the hours", ".o_consent_hours button[type=submit]"),
        { content: "They are kept", trigger: "#consent_hour_to:has(option[value='18'][selected])" },
        {
            content: "Download",
            trigger: "a[href$='/my/privacy/data.json']",
            async run({ anchor }) {
                const answer = await fetch(anchor.href);
                const data = await answer.json();
                if (data.preferred_hours[0] !== 10 || data.answers.length !== 5) {
                    throw new Error("The file does not hold what was just done");
                }
            },
        },
        {
            content: "The receipts, to print and as a file",
            trigger: "a[href$='/my/privacy/receipt']",
            async run({ anchor }) {
                const page = await fetch(anchor.href);
                const file = await fetch(`${anchor.href}.json`);
                if (!page.ok || (await file.json()).events.length !== 5) {
                    throw new Error("The receipt does not hold what was just done");
                }
            },
        },
        press("Ask to be erased", "#erase a[href$='/my/privacy/erase']"),
        fits,
        press("Think again", ".o_consent_erase a[href$='/my/privacy']"),
        press("Ask after all", "#erase a[href$='/my/privacy/erase']"),
        press("Yes", ".o_consent_erase button[name=sure]"),
        { content: "The wish stands, with its day", trigger: "#erase .alert-info strong" },
        { content: "All is off", trigger: ".o_consent_privacy:not(:has(.o_consent_on))" },
    ],
});

registry.category("web_tour.tours").add("consent_notify_privacy_code", {
    steps: () => [
        fits,
        { content: "A wrong code", trigger: ".o_consent_code input[name=code]", run: "edit 111111" },
        press("Confirm it", ".o_consent_code button[value=check]"),
        { content: "It is refused", trigger: "#consent_done .alert-warning[role=alert]" },
        {
            content: "The right one, as people write it",
            trigger: ".o_consent_code input[name=code]",
            run: "edit 482 913",
        },
        press("Confirm it", ".o_consent_code button[value=check]"),
        { content: "It is taken", trigger: "#consent_done .alert-success" },
        { content: "Nobody asks again", trigger: ".o_consent_privacy:not(:has(.o_consent_code))" },
    ],
});
