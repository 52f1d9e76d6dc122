// The open chat: its messages, loaded upward, and what is being sent.
import { batch, computed, signal } from "@preact/signals";
import { ApiError, execute, query } from "../api/http";
import type { File, Message, Visibility } from "../api/types";
import { randomKey } from "../text/key";
import { refreshChats, rowOf } from "./chats";
import { chatId } from "./route";
import { act, actor, current } from "./session";
import { explain } from "./toasts";

export interface Outgoing {
  key: string;
  chat: number;
  text: string;
  visibility: Visibility;
  files: File[];
  failed: string | null;
  /** Its number in the chat, once it has arrived. */
  sent: number | null;
}

const PAGE = 40;

export const messages = signal<Message[]>([]);
export const older = signal<string | null>(null);
export const loadedChat = signal<number | null>(null);
export const chatError = signal<string | null>(null);
export const loadingOlder = signal(false);
export const outgoing = signal<Outgoing[]>([]);
/** The first message that was unread when the chat was opened. */
export const firstUnread = signal<number | null>(null);
/** The chat that was marked unread by hand is not marked read by being open. */
export const keptUnread = signal<number | null>(null);

export const openRow = computed(() => (chatId.value === null ? null : rowOf(chatId.value).value));

interface Answer {
  messages: Message[];
  next: string | null;
}

const ask = (chat: number, before: string | null, limit = PAGE) =>
  query<Answer>({ messages: { workspace: current().workspace, chat, limit, before } });

/** Loads the open chat from its end. */
export async function loadConversation() {
  const chat = chatId.peek();
  batch(() => {
    if (loadedChat.peek() !== chat) {
      messages.value = [];
      older.value = null;
      firstUnread.value = null;
    }
    chatError.value = null;
    keptUnread.value = null;
  });
  if (chat === null) return void (loadedChat.value = null);
  try {
    const [answer] = await Promise.all([ask(chat, null), refreshChats([chat])]);
    if (chatId.peek() !== chat) return;
    batch(() => {
      merge(answer.messages);
      older.value = answer.next;
      loadedChat.value = chat;
      firstUnread.value = unreadFrom(chat);
    });
    readOpenChat();
  } catch (error) {
    if (chatId.peek() !== chat) return;
    batch(() => {
      loadedChat.value = chat;
      chatError.value = error instanceof ApiError ? error.code : "page";
    });
  }
}

const unreadOf = (chat: number) => rowOf(chat).peek()?.chat.unread[current().manager] ?? 0;

/** Own messages and those that were read come first: the unread ones are the last of the others. */
function unreadFrom(chat: number): number | null {
  const me = current().manager;
  const others = messages
    .peek()
    .filter(({ author }) => !(typeof author === "object" && "manager" in author && author.manager === me));
  const unread = unreadOf(chat);
  return unread > 0 ? (others.at(-unread)?.message ?? null) : null;
}

function merge(more: Message[]) {
  const known = new Map(messages.peek().map((message) => [message.message, message]));
  for (const message of more) known.set(message.message, message);
  messages.value = [...known.values()].sort((a, b) => a.message - b.message);
}

export async function loadOlder() {
  const chat = chatId.peek();
  const before = older.peek();
  if (chat === null || before === null || loadingOlder.peek()) return;
  loadingOlder.value = true;
  try {
    const answer = await ask(chat, before);
    if (chatId.peek() !== chat) return;
    batch(() => {
      merge(answer.messages);
      older.value = answer.next;
    });
  } catch {
    // Scrolling up again tries again.
  } finally {
    loadingOlder.value = false;
  }
}

/** Loads what came since, and messages that changed. */
export async function refreshConversation(changed: number[] = []) {
  const chat = chatId.peek();
  if (chat === null) return;
  if (loadedChat.peek() !== chat || chatError.peek()) return loadConversation();
  try {
    const newest = messages.peek().at(-1)?.message ?? 0;
    let page = await ask(chat, null, 20);
    const fresh = [...page.messages];
    // After a long absence more than a page has come.
    while (page.next && (page.messages.at(-1)?.message ?? 0) > newest + 1 && chatId.peek() === chat) {
      page = await ask(chat, page.next, 200);
      fresh.push(...page.messages);
    }
    const have = new Set(fresh.map((message) => message.message));
    for (const message of changed)
      if (!have.has(message))
        fresh.push(await query<Message>({ message: { workspace: current().workspace, chat, message } }));
    if (chatId.peek() === chat) merge(fresh);
    readOpenChat();
  } catch (error) {
    if (error instanceof ApiError && error.code === "unknown_chat" && chatId.peek() === chat)
      chatError.value = error.code;
  }
}

/** Marks the open chat as read up to the last message on the page, if it is really looked at. */
export function readOpenChat() {
  const chat = chatId.peek();
  const last = messages.peek().at(-1)?.message;
  if (chat === null || last === undefined || loadedChat.peek() !== chat) return;
  if (document.visibilityState !== "visible" || keptUnread.peek() === chat || unreadOf(chat) === 0) return;
  act({ mark_read: { chat, up_to: last } }).then(
    () => refreshChats([chat]),
    () => undefined,
  );
}

/** Sends a message. It is shown at once, as being sent. */
export async function send(chat: number, text: string, visibility: Visibility, files: File[]) {
  const one: Outgoing = { key: randomKey(), chat, text, visibility, files, failed: null, sent: null };
  outgoing.value = [...outgoing.value, one];
  await deliver(one);
}

/** Sends what failed again, under the same key: it arrives once, even if only its answer was lost. */
export async function resend(key: string) {
  const one = outgoing.value.find((other) => other.key === key);
  if (!one) return;
  update(key, { failed: null });
  await deliver(one);
}

export function discard(key: string) {
  outgoing.value = outgoing.value.filter((one) => one.key !== key);
}

async function deliver({ key, chat, text, visibility, files }: Outgoing) {
  const command = { send_message: { chat, visibility, text, ...(files.length > 0 ? { files } : {}) } };
  try {
    const { ok } = await execute<{ message: number }>(current().workspace, actor(), command, key);
    update(key, { sent: ok.message });
    if (chatId.peek() === chat) await refreshConversation();
    void refreshChats([chat]);
    discard(key);
  } catch (error) {
    update(key, { failed: explain(error instanceof ApiError ? error.code : "page") });
  }
}

function update(key: string, change: Partial<Outgoing>) {
  outgoing.value = outgoing.value.map((one) => (one.key === key ? { ...one, ...change } : one));
}
