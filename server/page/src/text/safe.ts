// Texts come from strangers. They reach the page as text nodes only; here goes what a text node still shows wrongly.

const CONTROL_PICTURES = 0x2400;

/** Makes control characters visible and drops those that reorder text: an override in a name must not turn the page. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(/[\u202a-\u202e\u2066-\u2069\ufeff\u2060-\u2064\ufff9-\ufffb]/g, "")
    .replace(/[\x00-\x08\x0b-\x1f]/g, (c) => String.fromCharCode(CONTROL_PICTURES + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

/** The same on one line: for names, tags and previews. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, " ").trim();
}

/** The address if a click on it may leave the page: http and https only. */
export function safeUrl(url: string): string | null {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed.href : null;
  } catch {
    return null;
  }
}
