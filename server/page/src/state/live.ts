// What the events of the feed do to the page.
import { effect, signal, untracked } from "@preact/signals";
import { queries } from "../api/http";
import type { Change, Counts, FeedEvent } from "../api/types";
import { ApiError } from "../api/http";
import { connection, Feed } from "../feed/client";
import { words } from "../i18n";
import { STATUSES } from "../text/view";
import { chatName, refreshChats, touch } from "./chats";
import { readOpenChat, refreshConversation } from "./conversation";
import { isShown, order, refreshList, reloadList, showList } from "./list";
import { fillNumbers, forgetSeqs, patchNumbers, setNumbers } from "./numbers";
import { loadSidebar } from "./people";
import { chatId, filter, openChat, shown, watchedView } from "./route";
import { current, ended } from "./session";
import { attempt, tell } from "./toasts";

/** Changes to lists are gathered for this long: numbers move at once, rows a moment later. */
const GATHER_MS = 80;
const BUSY_GATHER_MS = 250;

let touched = new Set<number>();
let changedMessages = new Set<number>();
let many = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let lastFlush = 0;

/** Counts each change of chats, for panels that show what depends on them. */
export const changes = signal(0);

function see(event: FeedEvent) {
  if ("lagged" in event) return;
  if ("reset" in event) return reset(event.reset, event);
  if ("caught_up" in event) return patchNumbers(event.counts ?? [], event.caught_up);
  change(event);
}

function change(event: Change) {
  if (event.counts) patchNumbers(event.counts, event.seq);
  if (event.sidebar) void loadSidebar().catch(() => undefined);
  for (const { chat, what, message } of event.chats) {
    touched.add(chat);
    if (chat === chatId.peek() && message && (what.includes("edited") || what.includes("redacted")))
      changedMessages.add(message);
  }
  many ||= event.more === true;
  notify(event);
  if (event.chats.length > 0) gather();
}

function gather() {
  if (timer !== undefined) return;
  const wait = performance.now() - lastFlush < 1_000 ? BUSY_GATHER_MS : GATHER_MS;
  timer = setTimeout(() => void flush(), wait);
}

async function flush() {
  timer = undefined;
  lastFlush = performance.now();
  const [ids, messages, all] = [touched, [...changedMessages], many];
  touched = new Set();
  changedMessages = new Set();
  many = false;
  const stale = touch(ids, isShown);
  const open = chatId.peek();
  await Promise.allSettled([
    refreshList(all ? null : ids),
    refreshChats(stale),
    open !== null && (all || ids.has(open)) ? refreshConversation(messages) : null,
    watchedView.peek() === null ? loadTabs() : null,
  ]);
  readOpenChat();
  changes.value += 1;
}

/** Another history, or one that cannot be replayed: everything is loaded again. */
function reset(seq: number, event: { counts?: Parameters<typeof patchNumbers>[0] }) {
  forgetSeqs();
  patchNumbers(event.counts ?? [], seq);
  void reloadAll();
}

export async function reloadAll() {
  await Promise.allSettled([loadSidebar(), reloadList(), loadTabs(), refreshConversation()]);
  changes.value += 1;
}

/** A notice for this manager, with a way to the chat. */
function notify(event: Change) {
  const me = current().manager;
  for (const { kind, chat, managers } of event.notices ?? []) {
    const text = words.peek().notices[kind];
    const own = typeof event.by === "object" && event.by !== null && "manager" in event.by && event.by.manager === me;
    if (!text || own || !managers.includes(me) || chat === chatId.peek()) continue;
    void refreshChats([chat]).then(() =>
      tell(text(chatName(chat)), { action: { label: words.peek().goTo, run: () => openChat(chat) } }),
    );
  }
}

/** The three numbers of the list's tabs, which the sidebar does not have for every view. */
export async function loadTabs() {
  const { view, filter: text } = shown.peek();
  const base = text ?? view;
  const { workspace } = current();
  const count = (status: string) => ({
    count: { workspace, view: text ? `(${text}) & all:${status}` : `${view}:${status}` },
  });
  const answers = await queries<{ count: number }>(STATUSES.map(count));
  if (answers.some((answer) => answer instanceof ApiError)) return;
  const [open, snoozed, closed] = answers.map((answer) => (answer as { count: number }).count) as [
    number,
    number,
    number,
  ];
  const counts: Counts = { open, snoozed, closed };
  // An answer does not say of which change it is. Where events tell the numbers, it fills in only what is not known.
  if (text) setNumbers(base, counts, 0);
  else fillNumbers(base, counts);
}

/** Whether watching the sidebar gives all three numbers of a view, so that it need not be watched by itself. */
const inSidebar = (view: string, me: number) =>
  /^(?:all$|unassigned$|assigned:|tag:)/.test(view) ||
  [`sessions:${me}`, `unread:${me}`, `favorites:${me}`].includes(view);

/** Starts the feed and keeps the page in step with it. */
export function startLive() {
  const { workspace, manager } = current();
  const feed = new Feed(workspace, see);
  effect(() => {
    const view = watchedView.value;
    const bar = `sidebar:${manager}`;
    feed.watch(view && !inSidebar(view, manager) ? [bar, view] : [bar]);
  });
  effect(() => {
    void [filter.value, order.value];
    untracked(() => {
      void showList();
      void attempt(loadTabs);
    });
  });
  let before = connection.peek();
  effect(() => {
    const now = connection.value;
    untracked(() => {
      if (now === "live" && before !== "live") void reloadAll();
      if (now === "live" && before === "offline") tell(words.peek().restored);
      if (now === "denied") ended();
    });
    before = now;
  });
}
