// One chat in the list.
import { formatFull, formatShort, words } from "../i18n";
import type { Message } from "../api/types";
import { isFavorite } from "../actions/chat";
import { customerName, rowOf, type Row } from "../state/chats";
import { cursor, setCursor } from "../state/cursor";
import { managerName } from "../state/people";
import { chatId, openChat } from "../state/route";
import { current } from "../state/session";
import { isSelected, toggle } from "../state/selection";
import { oneLine } from "../text/safe";
import { Icon } from "./icons";
import { Avatar, StatusDot, Text, Time } from "./parts";

interface Props {
  /** Null while it is not known which chat stands here. */
  id: number | null;
  index: number;
  count: number;
  top: number;
}

const TAGS_SHOWN = 2;

/** The last message in a line, and by whom. */
function preview(last: Message | null): { by: string; text: string } {
  const t = words.value;
  if (!last) return { by: "", text: t.noMessages };
  const text = last.redacted
    ? t.redacted
    : oneLine(last.text) || last.files.map((file) => oneLine(file.name)).join(", ");
  if (last.author === "system") return { by: t.system, text };
  if ("customer" in last.author) return { by: "", text };
  return { by: last.author.manager === current().manager ? t.you : managerName(last.author.manager), text };
}

function Marks({ row }: { row: Row }) {
  const { chat } = row;
  const t = words.value;
  const unread = chat.unread[current().manager] ?? 0;
  return (
    <div class="row-marks">
      <span class="status">
        <StatusDot status={chat.status} />
        <span class={chat.status === "open" ? "hidden" : undefined}>{t[chat.status]}</span>
      </span>
      <span class="row-tags">
        {chat.tags.slice(0, TAGS_SHOWN).map((path) => (
          <Text key={path} class="chip">
            {path}
          </Text>
        ))}
        {chat.tags.length > TAGS_SHOWN && <span class="faint">+{chat.tags.length - TAGS_SHOWN}</span>}
      </span>
      {isFavorite(chat) && (
        <span class="star on" title={t.favorites}>
          <Icon name="star" filled />
        </span>
      )}
      {unread > 0 && (
        <span class="badge" aria-label={t.unreadOf(unread)}>
          {unread > 99 ? "99+" : unread}
        </span>
      )}
      {chat.assignee !== null && (
        <span title={`${t.assignee}: ${managerName(chat.assignee)}`}>
          <Avatar name={managerName(chat.assignee)} seed={`m${chat.assignee}`} small />
        </span>
      )}
    </div>
  );
}

export function ChatRow({ id, index, count, top }: Props) {
  const row = id === null ? undefined : rowOf(id).value;
  const place = { transform: `translateY(${top}px)` };
  if (id === null || !row)
    return (
      <li class="row skeleton" style={place} aria-hidden="true">
        <i />
        <b />
        <b />
      </li>
    );
  const { chat, last } = row;
  const name = customerName(chat.customer);
  const chosen = isSelected(id);
  const unread = chat.unread[current().manager] ?? 0;
  const { by, text } = preview(last);
  const states = [
    chatId.value === id && "current",
    cursor.value === id && "at-cursor",
    chosen && "chosen",
    unread > 0 && "unread",
  ];
  const open = () => {
    setCursor(id);
    openChat(id);
  };
  return (
    <li
      class={`row ${states.filter(Boolean).join(" ")}`}
      style={place}
      data-chat={id}
      aria-setsize={count}
      aria-posinset={index + 1}
    >
      <button
        type="button"
        class="row-open"
        aria-current={chatId.value === id}
        onFocus={() => setCursor(id)}
        onClick={(event) => (event.shiftKey ? toggle(id, true) : open())}
      >
        <span class="row-top">
          <bdi class="row-name" dir="auto">
            {name}
          </bdi>
          <Time at={chat.last_activity_at} class="faint row-time" full={formatFull(chat.last_activity_at)}>
            {formatShort(chat.last_activity_at)}
          </Time>
        </span>
        <span class="row-preview">
          {last?.visibility === "internal" && (
            <span class="note-mark">
              <Icon name="lock" />
            </span>
          )}
          {by && (
            <span class="row-by">
              <Text>{by}</Text>:{" "}
            </span>
          )}
          <bdi dir="auto">{text}</bdi>
        </span>
      </button>
      <Marks row={row} />
      <span class="row-lead">
        <Avatar name={name} seed={`c${chat.customer}`} />
        <label class="check">
          <input
            type="checkbox"
            aria-label={words.value.selectChat(name)}
            checked={chosen}
            onClick={(event) => toggle(id, event.shiftKey)}
          />
        </label>
      </span>
    </li>
  );
}
