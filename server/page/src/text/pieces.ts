// Cuts the text of a message into plain text, links and mentions.
import { safeUrl, visible } from "./safe";

export type Piece =
  { kind: "text" | "mention" | "hashtag"; text: string } | { kind: "link"; text: string; href: string };

const LINK = /https?:\/\/[^\s<>"'`\u3000-\u303f]+/giu;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?)\]}…'"]+$/u;

function links(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    let address = match[0].replace(TRAILING, "");
    // A bracket that was opened inside the address belongs to it.
    if (match[0][address.length] === ")" && address.includes("(")) address += ")";
    const href = safeUrl(address);
    if (!href) continue;
    pieces.push({ kind: "text", text: text.slice(from, match.index) }, { kind: "link", text: address, href });
    from = match.index + address.length;
  }
  pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function marked(pieces: Piece[], pattern: RegExp, kind: "mention" | "hashtag"): Piece[] {
  return pieces.flatMap((piece) => {
    if (piece.kind !== "text") return [piece];
    return piece.text.split(pattern).map((text, at): Piece => ({ kind: at % 2 ? kind : "text", text }));
  });
}

/** The pieces of a message. Names are of managers who can be mentioned; pass none where mentions mean nothing. */
export function pieces(text: string, names: string[]): Piece[] {
  let found = links(visible(text));
  if (names.length > 0 && text.includes("@")) {
    const longestFirst = [...names].sort((a, b) => b.length - a.length).map((name) => escape(visible(name)));
    found = marked(found, new RegExp(`(@(?:${longestFirst.join("|")}))`, "iu"), "mention");
  }
  return found.filter((piece) => piece.text !== "");
}

/** The pieces of a description, with its hashtags. */
export function hashtags(text: string): Piece[] {
  return marked(links(visible(text)), /(#[\p{L}\p{Nd}_][\p{L}\p{Nd}\p{M}_]*)/u, "hashtag").filter(
    (piece) => piece.text !== "",
  );
}
