// Every number of the page, by view. An older answer never replaces a newer one: each number knows the change it is of.
import { batch, signal, type Signal } from "@preact/signals";
import type { Counts, Sidebar, Status, ViewCounts } from "../api/types";
import { tagView, viewKey } from "../text/view";

export interface Numbers extends Partial<Counts> {
  any?: number;
  messages?: number;
}
export type Which = Status | "any" | "messages";

interface Entry {
  seq: number;
  state: Signal<Numbers>;
}

const entries = new Map<string, Entry>();

function entry(view: string): Entry {
  const key = viewKey(view);
  let found = entries.get(key);
  if (!found) entries.set(key, (found = { seq: -1, state: signal({}) }));
  return found;
}

export const numbersOf = (view: string): Signal<Numbers> => entry(view).state;

/** Keeps the numbers of a view as of a change. */
export function setNumbers(view: string, numbers: Numbers, seq: number) {
  const found = entry(view);
  if (seq < found.seq) return;
  found.seq = seq;
  const merged = { ...found.state.peek(), ...numbers };
  if (numbers.open !== undefined && numbers.snoozed !== undefined && numbers.closed !== undefined)
    merged.any = numbers.open + numbers.snoozed + numbers.closed;
  found.state.value = merged;
}

/** Fills in numbers that are not known yet. */
export function fillNumbers(view: string, counts: Counts) {
  const { state } = entry(view);
  const known = state.peek();
  const any = counts.open + counts.snoozed + counts.closed;
  state.value = { any, ...counts, ...known };
}

/** Patches what an event of the feed moved. */
export function patchNumbers(counts: ViewCounts[], seq: number) {
  batch(() => {
    for (const { view, open, snoozed, closed, messages } of counts)
      setNumbers(view, messages === undefined ? { open, snoozed, closed } : { open, snoozed, closed, messages }, seq);
  });
}

/** Takes over a whole sidebar. */
export function takeSidebar(sidebar: Sidebar) {
  const { manager, seq } = sidebar;
  batch(() => {
    setNumbers(`assigned:${manager}`, sidebar.me, seq);
    setNumbers("unassigned", sidebar.unassigned, seq);
    setNumbers("all", sidebar.all, seq);
    setNumbers(`sessions:${manager}`, sidebar.my_sessions, seq);
    setNumbers(`favorites:${manager}`, { any: sidebar.favorites }, seq);
    setNumbers(`unread:${manager}`, { any: sidebar.unread.chats, messages: sidebar.unread.messages }, seq);
    for (const { manager: id, open } of [...sidebar.operators, ...sidebar.others])
      if (id !== manager) setNumbers(`assigned:${id}`, { open }, seq);
    for (const { path, open } of sidebar.tags) setNumbers(tagView(path), { open }, seq);
  });
}

/** After a reset the numbers of another history may be lower. */
export function forgetSeqs() {
  for (const found of entries.values()) found.seq = -1;
}
