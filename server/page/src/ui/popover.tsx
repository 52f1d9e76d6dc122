// What opens next to a button: menus and pickers. One at a time; Escape and a click elsewhere close it, and the focus goes back.
import { signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Opened {
  anchor: Element;
  label: string;
  content: () => VNode;
}

const MARGIN = 8;
const opened = signal<Opened | null>(null);

export const isOpen = (anchor: Element | null) => opened.value !== null && opened.value.anchor === anchor;
export const popoverIsOpen = () => opened.peek() !== null;

export function openPopover(anchor: Element, label: string, content: () => VNode) {
  opened.value = opened.peek()?.anchor === anchor ? null : { anchor, label, content };
}

export function closePopover(focus = true) {
  const was = opened.peek();
  if (!was) return;
  opened.value = null;
  if (focus && was.anchor instanceof HTMLElement && was.anchor.isConnected) was.anchor.focus();
}

/** Below the anchor, or above it, and always inside the window. */
function place(box: HTMLElement, anchor: Element) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN));
  const below = at.bottom + 4;
  const above = at.top - height - 4;
  const top = below + height + MARGIN <= innerHeight || above < MARGIN ? below : above;
  box.style.left = `${left}px`;
  box.style.top = `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`;
}

const FOCUSABLE = "button:not([disabled]), input:not([disabled]), textarea, a[href], [tabindex='0']";

/** Keeps Tab inside. */
function trap(event: KeyboardEvent, box: HTMLElement) {
  const inside = [...box.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const [first, last] = [inside[0], inside.at(-1)];
  if (event.shiftKey && document.activeElement === first) last?.focus();
  else if (!event.shiftKey && document.activeElement === last) first?.focus();
  else return;
  event.preventDefault();
}

export function PopoverHost() {
  const open = opened.value;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!open || !element) return;
    place(element, open.anchor);
    if (!element.contains(document.activeElement)) element.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    const observer = new ResizeObserver(() => place(element, open.anchor));
    observer.observe(element);
    const outside = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!element.contains(target) && !open.anchor.contains(target)) closePopover(false);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => {
      observer.disconnect();
      document.removeEventListener("pointerdown", outside, true);
    };
  }, [open]);
  if (!open) return null;
  const keys = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") closePopover();
    if (event.key === "Tab" && box.current) trap(event, box.current);
  };
  return (
    <div class="popover" role="dialog" aria-label={open.label} ref={box} onKeyDown={keys}>
      {open.content()}
    </div>
  );
}

/** A button that opens something next to it. */
export function PopoverButton(props: {
  label: string;
  class?: string;
  hotkey?: string;
  title?: string;
  content: () => VNode;
  children: ComponentChildren;
}) {
  const button = useRef<HTMLButtonElement>(null);
  const { label, class: name, hotkey, title, content, children } = props;
  return (
    <button
      type="button"
      class={name}
      ref={button}
      aria-label={label}
      title={hotkey ? `${title ?? label} (${hotkey})` : (title ?? label)}
      aria-haspopup="dialog"
      aria-expanded={isOpen(button.current)}
      aria-keyshortcuts={hotkey}
      data-hotkey={hotkey}
      onClick={() => button.current && openPopover(button.current, label, content)}
    >
      {children}
    </button>
  );
}

export interface MenuItem {
  label: string;
  icon?: VNode;
  run(): void;
  danger?: boolean;
}

/** A plain list of actions; arrows move. */
export function Menu({ items }: { items: MenuItem[] }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || !list.current) return;
    event.preventDefault();
    const buttons = [...list.current.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    buttons.at((at + step + buttons.length) % buttons.length)?.focus();
  };
  return (
    <div class="menu" ref={list} onKeyDown={move}>
      {items.map((item) => (
        <button
          type="button"
          key={item.label}
          class={item.danger ? "danger" : undefined}
          onClick={() => {
            closePopover();
            item.run();
          }}
        >
          {item.icon}
          <span>{item.label}</span>
        </button>
      ))}
    </div>
  );
}
