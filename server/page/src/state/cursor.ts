// The chat that the keyboard is at in the list.
import { signal } from "@preact/signals";
import { ids, need } from "./list";

export const cursor = signal<number | null>(null);
/** Told by the list that draws: scrolls so that a row is seen, and gives it the focus. */
export const reveal = signal<{ index: number; focus: boolean } | null>(null);
let lastIndex = -1;

export function setCursor(id: number) {
  cursor.value = id;
  lastIndex = ids.peek().indexOf(id);
}

/** Moves to the next or previous chat. One that left the list is stood in for by what took its place. */
export function moveCursor(step: 1 | -1) {
  const list = ids.peek();
  if (list.length === 0) return;
  const at = cursor.peek() === null ? -1 : list.indexOf(cursor.peek()!);
  const from = at >= 0 ? at : step > 0 ? lastIndex - 1 : lastIndex;
  const index = Math.max(0, Math.min(from + step, list.length - 1));
  lastIndex = index;
  cursor.value = list[index]!;
  reveal.value = { index, focus: true };
  void need(index + 50);
}
