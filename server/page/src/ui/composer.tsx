// Where messages are written: to the customer, or a note for the team. Drafts stay with their chat.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat, File, Visibility } from "../api/types";
import { words } from "../i18n";
import { customerName } from "../state/chats";
import { send } from "../state/conversation";
import { present } from "../state/people";
import { current } from "../state/session";
import { oneLine, safeUrl } from "../text/safe";
import { Icon } from "./icons";
import { Avatar, Segmented } from "./parts";
import { closePopover, PopoverButton } from "./popover";

interface Draft {
  text: string;
  visibility: Visibility;
  files: File[];
}

const EMPTY: Draft = { text: "", visibility: "public", files: [] };
const drafts = new Map<number, Draft>();
const NAMES_SHOWN = 6;

const NAME_MAX = 40;

/** A name as far as there is room for it. */
const short = (name: string) => (name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name);

/** Told by keys: focus the composer for this kind of message. */
export const compose = signal<{ visibility: Visibility } | null>(null);

/** The name that is being typed after an `@`, up to the caret. */
function mentionAt(text: string, caret: number): { from: number; typed: string } | null {
  const match = /(?:^|[^\p{L}\p{N}])@([^\s@]{0,40}(?: [^\s@]{0,40})?)$/u.exec(text.slice(0, caret));
  return match ? { from: caret - match[1]!.length, typed: match[1]!.toLowerCase() } : null;
}

function matching(typed: string) {
  const me = current().manager;
  return present.value.filter((one) => one.manager !== me && one.name.toLowerCase().includes(typed)).slice(0, NAMES_SHOWN);
}

function AttachForm({ attach }: { attach(file: File): void }) {
  const t = words.value;
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const href = safeUrl(url);
    if (!href) return;
    const last = decodeURIComponent(new URL(href).pathname.split("/").at(-1) ?? "");
    attach({ name: name.trim() || last || href, url: href, media_type: "application/octet-stream", bytes: 0 });
    closePopover();
  };
  return (
    <form class="form" onSubmit={submit}>
      <label><span>{t.fileUrl}</span><input type="url" required pattern="https?://.+" value={url} onInput={(event) => setUrl(event.currentTarget.value)} /></label>
      <label><span>{t.fileName}</span><input type="text" maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <button type="submit" class="button primary">{t.attach}</button>
    </form>
  );
}

function useDraft(chat: number): [Draft, (change: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(drafts.get(chat) ?? EMPTY);
  const change = (part: Partial<Draft>) => {
    const next = { ...(drafts.get(chat) ?? EMPTY), ...part };
    drafts.set(chat, next);
    setDraft(next);
  };
  return [draft, change];
}

function Mentions({ names, at, pick }: { names: { manager: number; name: string; online: boolean }[]; at: number; pick(name: string): void }) {
  return (
    <div class="mentions" role="listbox" id="mentions" aria-label={words.value.findManager}>
      {names.map((one, index) => (
        <div key={one.manager} id={`mention-${index}`} role="option" aria-selected={index === at} class="option" onPointerDown={(event) => (event.preventDefault(), pick(one.name))}>
          <Avatar name={one.name} seed={`m${one.manager}`} small online={one.online} />
          <bdi dir="auto">{oneLine(one.name)}</bdi>
        </div>
      ))}
    </div>
  );
}

export function Composer({ chat }: { chat: Chat }) {
  const t = words.value;
  const [draft, change] = useDraft(chat.id);
  const [caret, setCaret] = useState(0);
  const [choice, setChoice] = useState(0);
  const [quiet, setQuiet] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const internal = draft.visibility === "internal";
  const mention = internal && !quiet ? mentionAt(draft.text, caret) : null;
  const names = mention ? matching(mention.typed) : [];

  const asked = compose.value;
  useLayoutEffect(() => {
    if (!asked) return;
    change({ visibility: asked.visibility });
    area.current?.focus();
    compose.value = null;
  }, [asked]);
  // As high as its text.
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [draft.text]);

  const submit = () => {
    const text = draft.text.trim();
    if (!text && draft.files.length === 0) return;
    void send(chat.id, text, draft.visibility, draft.files);
    change({ text: "", files: [] });
  };
  const pick = (name: string) => {
    if (!mention) return;
    const text = `${draft.text.slice(0, mention.from)}${name} ${draft.text.slice(caret)}`;
    change({ text });
    setQuiet(true);
    const to = mention.from + name.length + 1;
    requestAnimationFrame(() => area.current?.setSelectionRange(to, to));
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (names.length > 0) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step) setChoice((choice + step + names.length) % names.length);
      else if (event.key === "Enter" || event.key === "Tab") pick(names[Math.min(choice, names.length - 1)]!.name);
      else if (event.key === "Escape") setQuiet(true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      area.current?.blur();
      document.querySelector<HTMLElement>(".messages")?.focus();
    }
  };
  return (
    <form class={internal ? "composer internal" : "composer"} onSubmit={(event) => (event.preventDefault(), submit())}>
      {names.length > 0 && <Mentions names={names} at={choice} pick={pick} />}
      <div class="composer-head">
        <Segmented
          label={t.reply}
          value={draft.visibility}
          options={[{ value: "public" as Visibility, label: t.reply }, { value: "internal" as Visibility, label: <><Icon name="lock" />{t.note}</> }]}
          onChange={(visibility) => change({ visibility })}
        />
      </div>
      <textarea
        ref={area}
        rows={1}
        dir="auto"
        value={draft.text}
        aria-label={internal ? t.note : t.replyTo(customerName(chat.customer))}
        placeholder={internal ? t.notePlaceholder : t.replyTo(short(customerName(chat.customer)))}
        aria-controls={names.length > 0 ? "mentions" : undefined}
        aria-activedescendant={names.length > 0 ? `mention-${choice}` : undefined}
        onInput={(event) => {
          setQuiet(false);
          setChoice(0);
          setCaret(event.currentTarget.selectionStart);
          change({ text: event.currentTarget.value });
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onKeyDown={keys}
      />
      {draft.files.length > 0 && (
        <div class="tags">
          {draft.files.map((file, index) => (
            <span class="chip removable" key={file.url}>
              <span>{oneLine(file.name)}</span>
              <button type="button" aria-label={t.removeFile(oneLine(file.name))} onClick={() => change({ files: draft.files.filter((_, at) => at !== index) })}><Icon name="x" /></button>
            </span>
          ))}
        </div>
      )}
      <div class="composer-foot">
        <PopoverButton label={t.attachLink} class="icon-button" content={() => <AttachForm attach={(file) => change({ files: [...(drafts.get(chat.id)?.files ?? []), file] })} />}>
          <Icon name="clip" />
        </PopoverButton>
        <span class="faint grow only-wide">{t.sendHint}</span>
        <button type="submit" class={internal ? "button note" : "button primary"} disabled={!draft.text.trim() && draft.files.length === 0}>
          {internal ? t.sendNote : t.send}
        </button>
      </div>
    </form>
  );
}
