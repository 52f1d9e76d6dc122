// What can be done to one chat. The chat is read again after each command, so that it shows even while the feed is away.
import type { Chat, Command } from "../api/types";
import { refreshChats, rowOf } from "../state/chats";
import { keptUnread, refreshConversation } from "../state/conversation";
import { refreshList } from "../state/list";
import { loadSidebar, managerName } from "../state/people";
import { chatId } from "../state/route";
import { act, current } from "../state/session";
import { attempt, tell } from "../state/toasts";
import { words } from "../i18n";

/** Does a command on a chat, and shows the chat as it is then. */
export function onChat(chat: number, command: Command): Promise<boolean> {
  return attempt(async () => {
    await act(command);
    await Promise.allSettled([refreshChats([chat]), refreshList(new Set([chat]))]);
  });
}

export const assign = (chat: number, manager: number) => onChat(chat, { assign: { chat, manager } });
export const unassign = (chat: number) => onChat(chat, { unassign: { chat } });
export const close = (chat: number) => onChat(chat, { close: { chat } });
export const open = (chat: number) => onChat(chat, { open: { chat } });
export const snooze = (chat: number, until: number) => onChat(chat, { snooze: { chat, until } });
export const tag = (chat: number, path: string) => onChat(chat, { tag: { chat, tags: [path] } });
export const untag = (chat: number, path: string) => onChat(chat, { untag: { chat, tags: [path] } });
export const follow = (chat: number, manager: number) => onChat(chat, { follow: { chat, managers: [manager] } });
export const unfollow = (chat: number, manager: number) => onChat(chat, { unfollow: { chat, managers: [manager] } });
export const leave = (chat: number) => onChat(chat, { leave: { chat } });
export const describe = (chat: number, text: string) => onChat(chat, { set_description: { chat, text } });
export const markRead = (chat: number) => onChat(chat, { mark_read: { chat } });

export async function markUnread(chat: number) {
  if (chat === chatId.peek()) keptUnread.value = chat;
  await onChat(chat, { mark_unread: { chat } });
}

/** Assigns the manager that the engine recommends, and says who it is. */
export function assignRecommended(chat: number) {
  return attempt(async () => {
    const { ok } = await act<{ manager: number }>({ assign_recommended: { chat } });
    tell(`${words.peek().assignee}: ${managerName(ok.manager)}`);
    await Promise.allSettled([refreshChats([chat]), refreshList(new Set([chat]))]);
  });
}

export const isFavorite = (chat: Chat) => chat.favorited_by.includes(current().manager);

export function toggleFavorite(chat: number) {
  const row = rowOf(chat).peek();
  if (!row) return Promise.resolve(false);
  return onChat(chat, isFavorite(row.chat) ? { unfavorite: { chat } } : { favorite: { chat } });
}

/** Closes an open or snoozed chat, opens a closed one. */
export function toggleClosed(chat: number) {
  const row = rowOf(chat).peek();
  if (!row) return Promise.resolve(false);
  return row.chat.status === "closed" ? open(chat) : close(chat);
}

/** Creates a tag where it is missing, and puts it on the chat. */
export function tagNew(chat: number, path: string) {
  return onChat(chat, { all: [{ create_tag: { path } }, { tag: { chat, tags: [path] } }] });
}

export function editMessage(chat: number, message: number, text: string) {
  return attempt(async () => {
    await act({ edit_message: { chat, message, text } });
    await refreshConversation([message]);
  });
}

export function redactMessage(chat: number, message: number) {
  return attempt(async () => {
    await act({ redact_message: { chat, message } });
    await refreshConversation([message]);
  });
}

/** Operator mode or presence of the manager of the page. */
export function setMine(what: "set_operator" | "set_online", on: boolean) {
  return attempt(async () => {
    await act({ [what]: { manager: current().manager, on } });
    await loadSidebar();
  });
}
