// What is known of the chat: its description, times, attributes and followers.
import { useEffect, useState } from "preact/hooks";
import { describe, follow, unfollow } from "../actions/chat";
import type { Chat } from "../api/types";
import { formatFull, formatNumber, words } from "../i18n";
import { managerName, managers } from "../state/people";
import { go } from "../state/route";
import { hashtags, type Piece } from "../text/pieces";
import { hashtagView } from "../text/view";
import { Icon } from "./icons";
import { ManagerPicker } from "./menus";
import { Pieces } from "./message";
import { Avatar, Text } from "./parts";
import { PopoverButton } from "./popover";

const DESCRIPTION_MAX = 4096;

/** Inside a button there are no links. */
const asText = (piece: Piece): Piece => (piece.kind === "link" ? { kind: "text", text: piece.text } : piece);

function Description({ chat }: { chat: Chat }) {
  const t = words.value;
  const [text, setText] = useState<string | null>(null);
  useEffect(() => setText(null), [chat.id]);
  const found = hashtags(chat.description ?? "");
  if (text === null)
    return (
      <div class="description">
        <button type="button" class="description-text" onClick={() => setText(chat.description ?? "")}>
          {chat.description ? (
            <span dir="auto">
              <Pieces list={found.map(asText)} />
            </span>
          ) : (
            <span class="faint">{t.describe}</span>
          )}
        </button>
        <div class="tags">
          {[...new Set(found.flatMap((piece) => (piece.kind === "hashtag" ? [piece.text] : [])))].map((word) => (
            <button
              type="button"
              key={word}
              class="chip"
              onClick={() => go({ view: hashtagView(word.slice(1)), status: null })}
            >
              {word}
            </button>
          ))}
        </div>
      </div>
    );
  const save = () => {
    setText(null);
    if (text !== (chat.description ?? "")) void describe(chat.id, text);
  };
  return (
    <form class="description" onSubmit={(event) => (event.preventDefault(), save())}>
      <textarea
        class="field"
        rows={4}
        dir="auto"
        maxLength={DESCRIPTION_MAX}
        aria-label={t.description}
        value={text}
        ref={(element) => element?.focus()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") (event.stopPropagation(), setText(null));
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
        }}
      />
      <div class="row-of-buttons">
        <button type="button" class="button quiet" onClick={() => setText(null)}>
          {t.cancel}
        </button>
        <button type="submit" class="button primary">
          {t.save}
        </button>
      </div>
    </form>
  );
}

export function ChatPanel({ chat }: { chat: Chat }) {
  const t = words.value;
  const facts: [string, string][] = [
    [t.started, formatFull(chat.created_at)],
    [t.lastActivity, formatFull(chat.last_activity_at)],
    [t.messageCount, formatNumber(chat.messages)],
    ...Object.entries(chat.attributes ?? {}),
    ...(chat.external ? ([["ID", chat.external]] as [string, string][]) : []),
  ];
  return (
    <>
      <Description chat={chat} />
      <dl class="facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>
              <Text>{label}</Text>
            </dt>
            <dd>
              <Text>{value}</Text>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

export function Followers({ chat }: { chat: Chat }) {
  const t = words.value;
  const change = (id: number) => void (chat.followers.includes(id) ? unfollow(chat.id, id) : follow(chat.id, id));
  return (
    <div class="tags followers">
      {chat.followers.map((id) => (
        <span key={id} class="chip person">
          <Avatar name={managerName(id)} seed={`m${id}`} small online={managers.value.get(id)?.online ?? false} />
          <Text>{managerName(id)}</Text>
        </span>
      ))}
      <PopoverButton
        label={t.addFollower}
        class="button quiet add-tag"
        content={() => <ManagerPicker label={t.findManager} checked={chat.followers} pick={change} />}
      >
        <Icon name="plus" />
        <span>{t.addFollower}</span>
      </PopoverButton>
    </div>
  );
}
