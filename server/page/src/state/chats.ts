// Chats, their customers and their last messages, as far as the page shows them. What is shown is kept fresh; the rest is dropped.
import { signal, type Signal } from "@preact/signals";
import { ApiError, queries } from "../api/http";
import type { Chat, Customer, Message } from "../api/types";
import { words } from "../i18n";
import { oneLine } from "../text/safe";
import { current } from "./session";

export interface Row {
  chat: Chat;
  last: Message | null;
}

const KEPT_MAX = 3_000;
const ASKED_MAX = 200;

const rows = new Map<number, Signal<Row | null | undefined>>();
const customers = new Map<number, Signal<Customer | null>>();
const wanted = new Set<number>();
let flushing: Promise<void> | null = null;

/** A chat with its last message: undefined until it is loaded, null if it is gone. */
export function rowOf(id: number): Signal<Row | null | undefined> {
  let row = rows.get(id);
  if (!row) rows.set(id, (row = signal(undefined)));
  return row;
}

export function customerOf(id: number): Signal<Customer | null> {
  let customer = customers.get(id);
  if (!customer) customers.set(id, (customer = signal(null)));
  return customer;
}

export const customerName = (id: number) => oneLine(customerOf(id).value?.name ?? "") || words.value.noName(id);

/** The customer's name of a chat that is loaded. */
export function chatName(id: number): string {
  const row = rowOf(id).value;
  return row ? customerName(row.chat.customer) : `#${id}`;
}

/** Loads chats that are not loaded yet. */
export function want(ids: Iterable<number>) {
  for (const id of ids) if (rowOf(id).peek() === undefined) wanted.add(id);
  void flush();
}

/** Loads chats again. */
export function refreshChats(ids: Iterable<number>): Promise<void> {
  for (const id of ids) wanted.add(id);
  return flush();
}

/** Forgets chats that changed but are not shown, and answers those that are. */
export function touch(ids: Iterable<number>, shown: (id: number) => boolean): number[] {
  const stale: number[] = [];
  for (const id of ids) {
    if (shown(id)) stale.push(id);
    else rows.delete(id);
  }
  return stale;
}

/** Drops what has not been shown for long. */
export function trim(shown: (id: number) => boolean) {
  if (rows.size <= KEPT_MAX) return;
  for (const id of rows.keys()) {
    if (rows.size <= KEPT_MAX / 2) break;
    if (!shown(id)) rows.delete(id);
  }
}

export function putCustomer(customer: Customer) {
  customerOf(customer.customer).value = customer;
}

/** Loads all that is wanted. It is done when what was wanted at the call is loaded. */
function flush(): Promise<void> {
  flushing ??= loadWanted().finally(() => (flushing = null));
  return flushing;
}

async function loadWanted() {
  // Rows that are mounted together ask together.
  await Promise.resolve();
  try {
    while (wanted.size > 0) {
      const ids = [...wanted].slice(0, ASKED_MAX);
      ids.forEach((id) => wanted.delete(id));
      await load(ids);
    }
  } catch {
    // The connection is lost: what is shown is loaded again when it is back.
  }
}

async function load(ids: number[]) {
  const { workspace } = current();
  const [first, ...messages] = await queries<unknown>([
    { chats: { workspace, chats: ids } },
    ...ids.map((chat) => ({ messages: { workspace, chat, limit: 1 } })),
  ]);
  if (first instanceof ApiError) throw first;
  const chats = (first as { chats: (Chat | null)[] }).chats;
  await loadCustomers(chats.flatMap((chat) => (chat ? [chat.customer] : [])));
  chats.forEach((chat, at) => {
    const answer = messages[at];
    const last =
      answer instanceof ApiError || !answer ? null : ((answer as { messages: Message[] }).messages[0] ?? null);
    rowOf(ids[at]!).value = chat ? { chat, last } : null;
  });
}

/** Loads the customers that are not known yet. */
async function loadCustomers(ids: number[]) {
  const { workspace } = current();
  const missing = [...new Set(ids)].filter((id) => customerOf(id).peek() === null);
  const answers = await queries<Customer>(missing.map((customer) => ({ customer: { workspace, customer } })));
  for (const answer of answers) if (!(answer instanceof ApiError)) putCustomer(answer);
}
