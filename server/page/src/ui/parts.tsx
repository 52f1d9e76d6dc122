// Small parts that everything else is made of.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Status } from "../api/types";
import { formatNumber, words } from "../i18n";
import { numbersOf, type Which } from "../state/numbers";
import { oneLine } from "../text/safe";
import { Icon, type IconName } from "./icons";

/** A text of strangers on one line, apart from the direction of what is around it. */
export function Text({ children, class: name }: { children: string; class?: string }) {
  return (
    <bdi class={name} dir="auto">
      {oneLine(children)}
    </bdi>
  );
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A number that lives: it has a slot of its own, and shows for a moment that it moved. */
export function Count({ view, status }: { view: string; status: Which }) {
  const value = numbersOf(view).value[status];
  const slot = useRef<HTMLSpanElement>(null);
  const before = useRef(value);
  useLayoutEffect(() => {
    const moved = before.current !== undefined && before.current !== value;
    before.current = value;
    if (moved && !calm())
      slot.current?.animate([{ color: "var(--accent)" }, { color: "var(--accent)", offset: 0.5 }, {}], 1_400);
  }, [value]);
  return (
    <span
      class={value === 0 ? "count zero" : "count"}
      ref={slot}
      data-view={view}
      data-status={status}
      data-count={value}
    >
      {value === undefined ? "" : formatNumber(value)}
    </span>
  );
}

const hue = (text: string) => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 997, 7) % 8;

/** Initials. Scripts without capitals give one letter. */
function initials(name: string): string {
  const names = oneLine(name)
    .split(" ")
    .filter((part) => /[\p{L}\p{N}]/u.test(part[0] ?? ""));
  const letters = names.map((part) => [...part][0]!);
  if (letters.length === 0) return "?";
  if (/[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(letters[0]!)) return letters[0]!;
  return (letters[0]! + (letters.length > 1 ? letters.at(-1)! : "")).toUpperCase();
}

/** A picture of a name. Its letters are drawn, not written: they are no text of the button around it. */
export function Avatar({
  name,
  seed,
  small,
  online,
}: {
  name: string;
  seed: string;
  small?: boolean;
  online?: boolean;
}) {
  return (
    <span class={`avatar tint-${hue(seed)}${small ? " small" : ""}`} aria-hidden="true" data-initials={initials(name)}>
      {online !== undefined && <i class={online ? "presence on" : "presence"} />}
    </span>
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick(event: MouseEvent): void;
  pressed?: boolean;
  expanded?: boolean;
  filled?: boolean;
  class?: string;
  hotkey?: string;
  disabled?: boolean;
}

export function IconButton({
  icon,
  label,
  onClick,
  pressed,
  expanded,
  filled,
  class: name,
  hotkey,
  disabled,
}: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${name ?? ""}`}
      aria-label={label}
      title={hotkey ? `${label} (${hotkey})` : label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={expanded === undefined ? undefined : "dialog"}
      aria-keyshortcuts={hotkey}
      data-hotkey={hotkey}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} filled={filled} />
    </button>
  );
}

export function Switch({
  on,
  label,
  hint,
  onChange,
  disabled,
}: {
  on: boolean;
  label: string;
  hint?: string;
  onChange(on: boolean): void;
  disabled?: boolean;
}) {
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={on}
      aria-label={label}
      title={hint}
      disabled={disabled}
      onClick={() => onChange(!on)}
    >
      <span class="label">{label}</span>
      <span class="track">
        <span class="thumb" />
      </span>
    </button>
  );
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: ComponentChildren }[];
  onChange(value: T): void;
  class?: string;
}

/** One of a few: a group of radio buttons that looks like one control. */
export function Segmented<T extends string>({ label, value, options, onChange, class: name }: SegmentedProps<T>) {
  const group = useId();
  return (
    <div role="radiogroup" aria-label={label} class={`segmented ${name ?? ""}`}>
      {options.map((option) => (
        <label key={option.value} class={option.value === value ? "on" : undefined}>
          <input type="radio" name={group} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}

export const statusLabel = (status: Status | null) => (status ? words.value[status] : words.value.any);

export function StatusDot({ status }: { status: Status }) {
  return <i class={`dot ${status}`} aria-hidden="true" />;
}

/** A time with its full form for those who ask. */
export function Time({
  at,
  children,
  class: name,
  full,
}: {
  at: number;
  children: string;
  class?: string;
  full: string;
}) {
  return (
    <time class={name} dateTime={new Date(at).toISOString()} title={full}>
      {children}
    </time>
  );
}
