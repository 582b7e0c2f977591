// The twin of tools/segments.py; a test holds them together.

// 3GPP TS 23.038, 6.2.1: the default alphabet and its extension, whose characters take two places.
const GSM7 = new Set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
);
const GSM7_EXTENSION = new Set("\f^{}\\[~]|€");

// As long as a live link on a short host, and as what a placeholder usually becomes: an order's number and a date.
const LINK = "x".repeat(28);
const PLACEHOLDER = "x".repeat(8);

/**
 * Tell how many places of how many texts `text` takes.
 *
 * @param {string} text
 * @returns {{places: number, segments: number, room: number, isGsm7: boolean}} `room`: places of that many texts
 */
export function measure(text) {
    const characters = [...text];
    const isGsm7 = characters.every((char) => GSM7.has(char) || GSM7_EXTENSION.has(char));
    const places = isGsm7
        ? characters.length + characters.filter((char) => GSM7_EXTENSION.has(char)).length
        : text.length;
    const [one, part] = isGsm7 ? [160, 153] : [70, 67];
    const segments = places <= one ? 1 : Math.ceil(places / part);
    return { places, segments, room: segments === 1 ? one : segments * part, isGsm7 };
}

/** Put text of usual length in place of the link and of placeholders. */
export function asSent(text) {
    return text.replaceAll("[link]", LINK).replace(/\{\{.*?\}\}/gs, PLACEHOLDER);
}
