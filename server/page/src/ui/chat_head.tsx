// The head of the open chat: who it is with, its state, assignee and tags, and what can be done.
import {
  isFavorite,
  assign,
  assignRecommended,
  close,
  follow,
  leave,
  markRead,
  markUnread,
  open,
  snooze,
  tag,
  tagNew,
  toggleFavorite,
  unassign,
  unfollow,
  untag,
} from "../actions/chat";
import type { Chat } from "../api/types";
import { formatUntil, words } from "../i18n";
import { customerName } from "../state/chats";
import { openRow } from "../state/conversation";
import { detailsShown, toggleDetails } from "../state/details";
import { managerName, managers } from "../state/people";
import { openChat } from "../state/route";
import { current } from "../state/session";
import { oneLine } from "../text/safe";
import { Icon } from "./icons";
import { ManagerPicker, SnoozeMenu, TagPicker } from "./menus";
import { Avatar, IconButton, StatusDot, Text } from "./parts";
import { Menu, PopoverButton, type MenuItem } from "./popover";

function moreItems(chat: Chat): MenuItem[] {
  const t = words.value;
  const me = current().manager;
  const follows = chat.followers.includes(me);
  const unread = (chat.unread[me] ?? 0) > 0;
  return [
    unread
      ? { label: t.markRead, icon: <Icon name="read" />, run: () => void markRead(chat.id) }
      : { label: t.markUnread, icon: <Icon name="unread" />, run: () => void markUnread(chat.id) },
    follows
      ? { label: t.unfollow, icon: <Icon name="sessions" />, run: () => void unfollow(chat.id, me) }
      : { label: t.follow, icon: <Icon name="sessions" />, run: () => void follow(chat.id, me) },
    { label: t.assignBest, icon: <Icon name="wave" />, run: () => void assignRecommended(chat.id) },
    ...(follows ? [{ label: t.leave, icon: <Icon name="back" />, run: () => void leave(chat.id), danger: true }] : []),
  ];
}

export function Head({ chat }: { chat: Chat }) {
  const t = words.value;
  const name = customerName(chat.customer);
  const closed = chat.status === "closed";
  return (
    <header class="pane-head chat-head">
      <IconButton icon="back" label={t.back} class="only-single" onClick={() => openChat(null)} />
      <Avatar name={name} seed={`c${chat.customer}`} />
      <div class="grow head-names">
        <h2 class="head-name">
          <bdi dir="auto">{name}</bdi>
        </h2>
        <p class="faint head-status">
          <StatusDot status={chat.status} />
          {chat.status === "snoozed" && chat.snoozed_until
            ? t.snoozedUntil(formatUntil(chat.snoozed_until))
            : t[chat.status]}
          <span aria-hidden="true"> · </span>#{chat.id}
        </p>
      </div>
      <IconButton
        icon="star"
        filled={isFavorite(chat)}
        class={isFavorite(chat) ? "star on" : "star"}
        label={isFavorite(chat) ? t.unstar : t.star}
        pressed={isFavorite(chat)}
        hotkey="f"
        onClick={() => void toggleFavorite(chat.id)}
      />
      <PopoverButton
        label={t.snooze}
        hotkey="s"
        class="icon-button"
        content={() => <SnoozeMenu pick={(until) => void snooze(chat.id, until)} />}
      >
        <Icon name="clock" />
      </PopoverButton>
      <PopoverButton label={t.more} class="icon-button" content={() => <Menu items={moreItems(chat)} />}>
        <Icon name="more" />
      </PopoverButton>
      <IconButton
        icon="panel"
        label={t.details}
        class="details-button"
        pressed={detailsShown.value}
        onClick={toggleDetails}
      />
      <button
        type="button"
        class={closed ? "button" : "button primary"}
        data-hotkey="e"
        aria-keyshortcuts="e"
        title={`${closed ? t.reopen : t.close} (e)`}
        onClick={() => void (closed ? open(chat.id) : close(chat.id))}
      >
        <Icon name={closed ? "reopen" : "close"} />
        <span>{closed ? t.reopen : t.close}</span>
      </button>
    </header>
  );
}

export function Bar({ chat }: { chat: Chat }) {
  const t = words.value;
  const { assignee } = chat;
  const name = assignee === null ? t.noAssignee : managerName(assignee);
  return (
    <div class="chat-bar">
      <PopoverButton
        label={`${t.assignee}: ${name}`}
        hotkey="a"
        class="button quiet assignee"
        content={() => (
          <ManagerPicker
            label={t.findManager}
            chat={chat.id}
            checked={assignee === null ? [] : [assignee]}
            pick={(id) => void assign(chat.id, id)}
            none={assignee === null ? undefined : () => void unassign(chat.id)}
          />
        )}
      >
        {assignee === null ? (
          <Icon name="unassigned" />
        ) : (
          <Avatar name={name} seed={`m${assignee}`} small online={managers.value.get(assignee)?.online ?? false} />
        )}
        <Text>{name}</Text>
        <Icon name="down" />
      </PopoverButton>
      <div class="tags">
        {chat.tags.map((path) => (
          <span class="chip removable" key={path}>
            <Text>{path}</Text>
            <button type="button" aria-label={t.removeTag(oneLine(path))} onClick={() => void untag(chat.id, path)}>
              <Icon name="x" />
            </button>
          </span>
        ))}
        <PopoverButton label={t.addTag} hotkey="t" class="button quiet add-tag" content={() => <OpenChatTags />}>
          <Icon name="plus" />
          <span>{t.tag}</span>
        </PopoverButton>
      </div>
    </div>
  );
}

/** The tags of the open chat, kept fresh while the picker is open. */
function OpenChatTags() {
  const chat = openRow.value?.chat;
  if (!chat) return null;
  const change = (path: string) => void (chat.tags.includes(path) ? untag(chat.id, path) : tag(chat.id, path));
  return (
    <TagPicker
      label={words.value.findTag}
      checked={chat.tags}
      stay
      pick={change}
      create={(path) => void tagNew(chat.id, path)}
    />
  );
}
