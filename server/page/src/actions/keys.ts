// The keyboard: single keys while no text is being written.
import { moveCursor, cursor } from "../state/cursor";
import { chatId, go, openChat, pane, shown } from "../state/route";
import { clearSelection, selectedCount, toggle } from "../state/selection";
import { STATUSES } from "../text/view";
import { compose } from "../ui/composer";
import { helpIsOpen } from "../ui/dialogs";
import { closePopover, popoverIsOpen } from "../ui/popover";
import { markUnread, toggleClosed, toggleFavorite } from "./chat";

/** The chat that keys act on: the open one, or the one the keyboard is at. */
const target = () => chatId.peek() ?? cursor.peek();

/** Presses the visible button of a key: the selection's if there is one, or the open chat's. */
function press(key: string): boolean {
  const scope = selectedCount.peek() > 0 ? ".bulk-bar" : ".chat";
  const button = document.querySelector<HTMLElement>(`${scope} [data-hotkey="${key}"]`);
  button?.click();
  return button !== null;
}

/** Opens the chat at the cursor where that is needed, then presses. */
function pressOpened(key: string) {
  if (selectedCount.peek() > 0 || chatId.peek() !== null) return press(key);
  const id = cursor.peek();
  if (id === null) return false;
  openChat(id);
  // The buttons are there when the chat is loaded.
  const until = performance.now() + 2_000;
  const look = () => {
    if (chatId.peek() === id && !press(key) && performance.now() < until) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  return true;
}

function writeMessage(visibility: "public" | "internal") {
  const id = target();
  if (id === null) return;
  if (chatId.peek() === null) openChat(id);
  compose.value = { visibility };
}

function escape() {
  if (popoverIsOpen()) closePopover();
  else if (selectedCount.peek() > 0) clearSelection();
  else if (pane.peek() === "nav" || pane.peek() === "details") pane.value = pane.peek() === "nav" ? "list" : "chat";
  else if (chatId.peek() !== null) {
    const id = chatId.peek();
    openChat(null);
    document.querySelector<HTMLElement>(`[data-chat="${id}"] .row-open`)?.focus();
  }
}

const KEYS: Record<string, () => unknown> = {
  j: () => moveCursor(1),
  k: () => moveCursor(-1),
  Enter: () => cursor.peek() !== null && openChat(cursor.peek()),
  Escape: escape,
  "/": () => (
    (pane.value = pane.peek() === "nav" ? "list" : pane.peek()),
    document.querySelector<HTMLElement>(".filter-input")?.focus()
  ),
  e: () => (selectedCount.peek() > 0 ? press("e") : target() !== null && toggleClosed(target()!)),
  s: () => pressOpened("s"),
  a: () => pressOpened("a"),
  t: () => pressOpened("t"),
  f: () => target() !== null && toggleFavorite(target()!),
  u: () => target() !== null && markUnread(target()!),
  r: () => writeMessage("public"),
  i: () => writeMessage("internal"),
  x: () => cursor.peek() !== null && toggle(cursor.peek()!),
  "?": () => (helpIsOpen.value = true),
  "1": () => go({ status: STATUSES[0]!, filter: shown.peek().filter }),
  "2": () => go({ status: STATUSES[1]!, filter: shown.peek().filter }),
  "3": () => go({ status: STATUSES[2]!, filter: shown.peek().filter }),
};

const WRITES = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

function onKey(event: KeyboardEvent) {
  const element = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (element.matches?.(WRITES) || document.querySelector("dialog[open]")) return;
  // Enter presses what has the focus.
  if (event.key === "Enter" && element.closest?.("button, a, label, summary")) return;
  const run = KEYS[event.key];
  if (!run) return;
  event.preventDefault();
  run();
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
}
