// Which chats are selected: some by id, or all that match the filter.
import { computed, effect, signal, untracked } from "@preact/signals";
import { filter } from "./route";
import { ids, total } from "./list";

export const selected = signal<ReadonlySet<number>>(new Set());
/** All that match, also what is not loaded: a bulk by filter. */
export const allMatching = signal(false);
let anchor: number | null = null;

export const selectedCount = computed(() => (allMatching.value ? total.value : selected.value.size));
export const isSelected = (id: number) => allMatching.value || selected.value.has(id);

export function clearSelection() {
  anchor = null;
  if (selected.peek().size > 0) selected.value = new Set();
  allMatching.value = false;
}

/** Selects or deselects one chat; with `range`, all between it and the last one. */
export function toggle(id: number, range = false) {
  const next = new Set(allMatching.peek() ? ids.peek() : selected.peek());
  const on = !(allMatching.peek() || next.has(id));
  allMatching.value = false;
  const list = ids.peek();
  const [from, to] = [anchor === null ? -1 : list.indexOf(anchor), list.indexOf(id)];
  const span = range && from >= 0 && to >= 0 ? list.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
  for (const one of span) {
    if (on || range) next.add(one);
    else next.delete(one);
  }
  anchor = id;
  selected.value = next;
}

/** Selects what is loaded of the list, or nothing if that is selected. */
export function toggleLoaded() {
  if (allMatching.peek() || selected.peek().size > 0) clearSelection();
  else selected.value = new Set(ids.peek());
}

export function selectAllMatching() {
  allMatching.value = true;
}

/** Another list has another selection. */
export function startSelection() {
  effect(() => {
    void filter.value;
    untracked(clearSelection);
  });
}
