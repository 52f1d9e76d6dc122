// Colleagues to mention, while their name is being typed.
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { words } from "../i18n";
import { present } from "../state/people";
import { current } from "../state/session";
import { oneLine } from "../text/safe";
import { Avatar } from "./parts";

const NAMES_SHOWN = 6;

/** The name that is being typed after an `@`, up to the caret. */
function mentionAt(text: string, caret: number): { from: number; typed: string } | null {
  const match = /(?:^|[^\p{L}\p{N}])@([^\s@]{0,40}(?: [^\s@]{0,40})?)$/u.exec(text.slice(0, caret));
  return match ? { from: caret - match[1]!.length, typed: match[1]!.toLowerCase() } : null;
}

function matching(typed: string) {
  const me = current().manager;
  return present.value
    .filter((one) => one.manager !== me && one.name.toLowerCase().includes(typed))
    .slice(0, NAMES_SHOWN);
}

export function Mentions({
  names,
  at,
  pick,
}: {
  names: { manager: number; name: string; online: boolean }[];
  at: number;
  pick(name: string): void;
}) {
  return (
    <div class="mentions" role="listbox" id="mentions" aria-label={words.value.findManager}>
      {names.map((one, index) => (
        <div
          key={one.manager}
          id={`mention-${index}`}
          role="option"
          aria-selected={index === at}
          class="option"
          onPointerDown={(event) => (event.preventDefault(), pick(one.name))}
        >
          <Avatar name={one.name} seed={`m${one.manager}`} small online={one.online} />
          <bdi dir="auto">{oneLine(one.name)}</bdi>
        </div>
      ))}
    </div>
  );
}

/** The state of the list below a text area: whom it names, and what keys do to it. */
export function useMentions(
  area: RefObject<HTMLTextAreaElement | null>,
  text: string,
  wanted: boolean,
  change: (text: string) => void,
) {
  const [caret, setCaret] = useState(0);
  const [choice, setChoice] = useState(0);
  const [quiet, setQuiet] = useState(false);
  const mention = wanted && !quiet ? mentionAt(text, caret) : null;
  const names = mention ? matching(mention.typed) : [];
  const at = Math.min(choice, names.length - 1);

  const pick = (name: string) => {
    if (!mention) return;
    change(`${text.slice(0, mention.from)}${name} ${text.slice(caret)}`);
    setQuiet(true);
    const to = mention.from + name.length + 1;
    requestAnimationFrame(() => area.current?.setSelectionRange(to, to));
  };
  /** Whether a key was for the list. */
  const key = (event: KeyboardEvent): boolean => {
    if (names.length === 0) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) setChoice((at + step + names.length) % names.length);
    else if (event.key === "Enter" || event.key === "Tab") pick(names[at]!.name);
    else if (event.key === "Escape") setQuiet(true);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const typed = (position: number) => {
    setQuiet(false);
    setChoice(0);
    setCaret(position);
  };
  return { names, at, pick, key, typed, moved: setCaret };
}
