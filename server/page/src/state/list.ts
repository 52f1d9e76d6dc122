// The list: ids of the chats of a filter, in pages by cursor. Only ids are loaded ahead; rows are loaded when they are seen.
import { batch, signal } from "@preact/signals";
import { ApiError, queries } from "../api/http";
import { refreshChats } from "./chats";
import { chatId, filter } from "./route";
import { current } from "./session";
import { stored } from "./stored";

interface IdPage {
  before: string | null;
  ids: number[];
  next: string | null;
}

const PAGE = 500;
/** The head grows as chats come in; beyond this it is cut into pages again. */
const HEAD_MAX = 1_000;
/** Browsers limit how high an element can be. */
export const SHOWN_MAX = 200_000;

export const order = stored<"newest" | "oldest">("order", "newest");
export const ids = signal<number[]>([]);
/** How many chats the filter matches. */
export const total = signal(0);
export const listError = signal<ApiError | null>(null);
/** Set when the list is another one, so that it scrolls to its top. */
export const generation = signal(0);
export const loaded = signal(false);

/** The chats on the screen, told by the list that draws them. */
export const visibleIds = signal<Set<number>>(new Set());
export const isShown = (id: number) => id === chatId.peek() || visibleIds.peek().has(id);

let pages: IdPage[] = [];
let extending: Promise<void> | null = null;

function question(page: Pick<IdPage, "before">, limit: number) {
  const { workspace } = current();
  return { list: { workspace, view: filter.peek(), limit, before: page.before, order: order.peek(), ids: true } };
}

/** Loads pages, and the count with them: a count and its list are of nearly the same moment. */
async function fetchPages(wanted: { before: string | null; limit: number }[]): Promise<IdPage[] | null> {
  const { workspace } = current();
  const asked = filter.peek();
  const at = generation.peek();
  const questions = wanted.map((page) => question(page, page.limit));
  const answers = await queries<unknown>([{ count: { workspace, view: asked } }, ...questions]);
  if (generation.peek() !== at) return null;
  const failed = answers.find((answer) => answer instanceof ApiError);
  if (failed) throw failed;
  total.value = (answers[0] as { count: number }).count;
  return answers.slice(1).map((answer, index) => {
    const { ids, next } = answer as { ids: number[]; next: string | null };
    return { before: wanted[index]!.before, ids, next };
  });
}

function publish() {
  const seen = new Set<number>();
  const all: number[] = [];
  // Chats move between pages that were loaded at different times; each is shown once, where it is newest.
  for (const page of pages)
    for (const id of page.ids)
      if (!seen.has(id)) {
        seen.add(id);
        all.push(id);
      }
  const before = ids.peek();
  if (all.length !== before.length || all.some((id, at) => id !== before[at])) ids.value = all;
}

/** Shows another list. */
export async function showList() {
  batch(() => {
    generation.value += 1;
    loaded.value = false;
    listError.value = null;
  });
  extending = null;
  try {
    const first = await fetchPages([{ before: null, limit: PAGE }]);
    if (!first) return;
    batch(() => {
      pages = first;
      publish();
      loaded.value = true;
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    batch(() => {
      pages = [];
      ids.value = [];
      total.value = 0;
      listError.value = error;
      loaded.value = true;
    });
  }
}

/** Loads on until there are so many ids, or no more. */
export function need(count: number): Promise<void> {
  if (extending || ids.peek().length >= count) return extending ?? Promise.resolve();
  const at = generation.peek();
  extending = extend(count, at).finally(() => {
    if (generation.peek() === at) extending = null;
  });
  return extending;
}

async function extend(count: number, at: number) {
  while (ids.peek().length < count) {
    const next = pages.at(-1)?.next;
    if (!next) return;
    const more = await fetchPages([{ before: next, limit: HEAD_MAX }]).catch(() => null);
    if (!more || generation.peek() !== at || pages.at(-1)?.next !== next) return;
    pages.push(...more);
    publish();
  }
}

/** After changes: loads again the head, the end, and the pages of the touched chats. */
export async function refreshList(touched: Set<number> | null) {
  if (!loaded.peek() || listError.peek()) return showList();
  // Without knowing what changed, nothing but the head can be kept: the rest is loaded as it is seen.
  if (touched === null) pages = pages.slice(0, 1);
  const tail = pages.length - 1;
  const stale = pages.flatMap((page, at) => {
    const hit = touched !== null && page.ids.some((id) => touched.has(id));
    return at === 0 || (at === tail && page.next === null) || hit ? [at] : [];
  });
  const old = pages;
  const room = touched?.size ?? HEAD_MAX;
  // The head holds what it held and what has come in, so that no chat falls between two pages.
  const limit = (at: number) =>
    Math.min(HEAD_MAX, at === 0 ? Math.max(PAGE, (old[0]?.ids.length ?? 0) + room) : HEAD_MAX);
  const fresh = await fetchPages(stale.map((at) => ({ before: old[at]!.before, limit: limit(at) }))).catch(() => null);
  if (!fresh || pages !== old) return;
  batch(() => {
    const updated = [...old];
    stale.forEach((at, index) => {
      // An inner page keeps where it ends: the next one begins there.
      const page = fresh[index]!;
      updated[at] = at < tail ? { ...page, next: old[at]!.next } : page;
    });
    const head = updated[0];
    if (tail > 0 && head && head.ids.length >= HEAD_MAX) updated.splice(1);
    if (updated.length === 1 && fresh[0]) updated[0] = fresh[0];
    pages = updated;
    publish();
  });
}

/** Everything again, in place: after a reset, or when the connection is back. */
export async function reloadList() {
  await refreshList(null);
  await refreshChats([...visibleIds.peek()]);
}
