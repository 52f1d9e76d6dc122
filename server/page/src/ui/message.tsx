// One message: by whom, what it says, its files, and what its author may still do with it.
import { useState } from "preact/hooks";
import { editMessage, redactMessage } from "../actions/chat";
import type { Actor, Chat, File, Message } from "../api/types";
import { formatBytes, formatClock, formatFull, words } from "../i18n";
import { customerName } from "../state/chats";
import { discard, resend, type Outgoing } from "../state/conversation";
import { managerName, managers, myself, present } from "../state/people";
import { current } from "../state/session";
import { pieces, type Piece } from "../text/pieces";
import { oneLine, safeUrl } from "../text/safe";
import { ask } from "./dialogs";
import { Icon } from "./icons";
import { Avatar, IconButton, Text, Time } from "./parts";

export function Pieces({ list }: { list: Piece[] }) {
  return (
    <>
      {list.map((piece, at) => {
        if (piece.kind === "link")
          return (
            <a key={at} href={piece.href} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
              {piece.text}
            </a>
          );
        return piece.kind === "text" ? (
          piece.text
        ) : (
          <mark key={at} class={piece.kind}>
            {piece.text}
          </mark>
        );
      })}
    </>
  );
}

export function FileLink({ file }: { file: File }) {
  const href = safeUrl(file.url);
  const inside = (
    <>
      <Icon name="file" />
      <span class="grow">
        <Text>{file.name || file.url}</Text>
      </span>
      {file.bytes > 0 && <span class="faint">{formatBytes(file.bytes)}</span>}
    </>
  );
  if (!href) return <span class="file">{inside}</span>;
  return (
    <a class="file" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {inside}
    </a>
  );
}

function authorOf(author: Actor): { name: string; seed: string; side: string } {
  if (author === "system") return { name: words.value.system, seed: "system", side: "team" };
  if ("customer" in author)
    return { name: customerName(author.customer), seed: `c${author.customer}`, side: "customer" };
  return { name: managerName(author.manager), seed: `m${author.manager}`, side: "team" };
}

const isMine = (author: Actor) =>
  typeof author === "object" && "manager" in author && author.manager === current().manager;

function Tools({ chat, message, edit }: { chat: Chat; message: Message; edit(): void }) {
  const t = words.value;
  const mine = isMine(message.author);
  if (message.redacted || (!mine && myself.value?.role !== "owner")) return null;
  const redact = () =>
    ask({
      title: t.redactMessage,
      text: t.redactSure,
      confirm: t.redactMessage,
      danger: true,
      run: () => void redactMessage(chat.id, message.message),
    });
  return (
    <span class="message-tools">
      {mine && (
        <button type="button" class="link" onClick={edit}>
          {t.editMessage}
        </button>
      )}
      <button type="button" class="link" onClick={redact}>
        {t.redactMessage}
      </button>
    </span>
  );
}

function Editor({ message, done, save }: { message: Message; done(): void; save(text: string): void }) {
  const t = words.value;
  const [text, setText] = useState(message.text);
  return (
    <form class="message-editor" onSubmit={(event) => (event.preventDefault(), save(text))}>
      <textarea
        aria-label={t.editMessage}
        value={text}
        rows={3}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), done())}
        ref={(element) => element?.focus()}
      />
      <div class="row-of-buttons">
        <button type="button" class="button quiet" onClick={done}>
          {t.cancel}
        </button>
        <button type="submit" class="button primary">
          {t.save}
        </button>
      </div>
    </form>
  );
}

function Body({ message }: { message: Message }) {
  if (message.redacted) return <p class="bubble redacted">{words.value.redacted}</p>;
  const names = message.visibility === "internal" ? present.value.map((one) => one.name) : [];
  return (
    <>
      {message.text && (
        <div class="bubble" dir="auto">
          <Pieces list={pieces(message.text, names)} />
        </div>
      )}
      {message.files.map((file, at) => (
        <FileLink key={at} file={file} />
      ))}
    </>
  );
}

export function MessageBubble({ chat, message, joined }: { chat: Chat; message: Message; joined: boolean }) {
  const t = words.value;
  const [editing, setEditing] = useState(false);
  const { name, seed, side } = authorOf(message.author);
  const internal = message.visibility === "internal";
  const online =
    typeof message.author === "object" && "manager" in message.author
      ? managers.value.get(message.author.manager)?.online
      : undefined;
  const classes = ["message", side, internal && "internal", joined && "joined", isMine(message.author) && "mine"];
  return (
    <article class={classes.filter(Boolean).join(" ")} data-message={message.message}>
      {!joined && <Avatar name={name} seed={seed} small online={online} />}
      <div class="message-body">
        <p class={joined ? "message-head hidden" : "message-head"}>
          <bdi class="message-author" dir="auto">
            {oneLine(name)}
          </bdi>
          {internal && (
            <span class="note-label">
              <Icon name="lock" />
              {t.internalShort}
            </span>
          )}
          <Time at={message.at} class="faint" full={formatFull(message.at)}>
            {formatClock(message.at)}
          </Time>
          {message.edited_at !== undefined && !message.redacted && (
            <span class="faint" title={formatFull(message.edited_at)}>
              ({t.edited})
            </span>
          )}
        </p>
        {editing ? (
          <Editor
            message={message}
            done={() => setEditing(false)}
            save={(text) => void editMessage(chat.id, message.message, text).then((ok) => ok && setEditing(false))}
          />
        ) : (
          <Body message={message} />
        )}
        {joined && message.edited_at !== undefined && !message.redacted && (
          <span class="faint after">({t.edited})</span>
        )}
      </div>
      {!editing && <Tools chat={chat} message={message} edit={() => setEditing(true)} />}
    </article>
  );
}

/** A message on its way, or one that did not get through. */
export function OutgoingBubble({ one }: { one: Outgoing }) {
  const t = words.value;
  const name = myself.value?.name ?? "";
  return (
    <article
      class={`message team mine outgoing${one.visibility === "internal" ? " internal" : ""}${one.failed ? " failed" : ""}`}
    >
      <Avatar name={name} seed={`m${current().manager}`} small />
      <div class="message-body">
        <p class="message-head">
          <bdi class="message-author" dir="auto">
            {oneLine(name)}
          </bdi>
          {!one.failed && <span class="faint">{t.sending}</span>}
        </p>
        {one.text && (
          <div class="bubble" dir="auto">
            <Pieces list={pieces(one.text, [])} />
          </div>
        )}
        {one.files.map((file, at) => (
          <FileLink key={at} file={file} />
        ))}
        {one.failed && (
          <p class="error-note" role="alert">
            {t.notSent} {one.failed}
            <button type="button" class="link" onClick={() => void resend(one.key)}>
              {t.retry}
            </button>
            <IconButton icon="x" label={t.dismiss} onClick={() => discard(one.key)} />
          </p>
        )}
      </div>
    </article>
  );
}
