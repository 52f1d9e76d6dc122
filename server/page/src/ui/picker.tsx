// A searchable list of options: managers and tags. Arrows move, Enter picks; the screen reader hears a combo box.
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../i18n";

export interface Option {
  key: string;
  text: string;
  icon?: VNode;
  note?: string;
  checked?: boolean;
  /** A heading that is shown above the first option of its group. */
  group?: string;
  pick(): void;
}

const SHOWN_MAX = 200;
const fold = (text: string) => text.normalize("NFC").toLowerCase();

interface Props {
  label: string;
  options: Option[];
  /** An option for a text that no option has. */
  create?: (text: string) => Option | null;
}

export function Picker({ label, options, create }: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const wanted = fold(text.trim());
  const found = options.filter((option) => fold(option.text).includes(wanted)).slice(0, SHOWN_MAX);
  const made =
    wanted && !options.some((option) => fold(option.text) === wanted) ? (create?.(text.trim()) ?? null) : null;
  const shown = made ? [...found, made] : found;
  const active = Math.min(at, shown.length - 1);
  useEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [active]);
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && shown.length > 0) setAt((active + step + shown.length) % shown.length);
    else if (event.key === "Enter" && !event.isComposing) shown[active]?.pick();
    else return;
    event.preventDefault();
  };
  return (
    <div class="picker">
      <input
        type="text"
        role="combobox"
        aria-label={label}
        placeholder={label}
        aria-expanded="true"
        aria-controls="picker-list"
        aria-activedescendant={active >= 0 ? `picker-${active}` : undefined}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={keys}
      />
      <div class="options" role="listbox" id="picker-list" aria-label={label} ref={list}>
        {shown.map((option, index) => (
          <div key={option.key} role="presentation">
            {option.group && option.group !== shown[index - 1]?.group && <p class="group">{option.group}</p>}
            <div
              role="option"
              id={`picker-${index}`}
              aria-selected={index === active}
              aria-checked={option.checked}
              class="option"
              onPointerMove={() => setAt(index)}
              onClick={() => option.pick()}
            >
              {option.icon}
              <bdi class="grow" dir="auto">
                {option.text}
              </bdi>
              {option.note && <span class="faint">{option.note}</span>}
              {option.checked !== undefined && <i class={option.checked ? "tick on" : "tick"} aria-hidden="true" />}
            </div>
          </div>
        ))}
      </div>
      {shown.length === 0 && <p class="empty-note">{words.value.noMatch}</p>}
    </div>
  );
}
