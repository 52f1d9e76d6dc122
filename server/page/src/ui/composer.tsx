// Where messages are written: to the customer, or a note for the team. Drafts stay with their chat.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Chat, Visibility } from "../api/types";
import { words } from "../i18n";
import { customerName } from "../state/chats";
import { send } from "../state/conversation";
import { draftOf, useDraft } from "../state/drafts";
import { oneLine } from "../text/safe";
import { AttachForm } from "./attach";
import { Icon } from "./icons";
import { Mentions, useMentions } from "./mentions";
import { Segmented } from "./parts";
import { PopoverButton } from "./popover";

const NAME_MAX = 40;

/** A name as far as there is room for it. */
const short = (name: string) => (name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name);

/** Told by keys: focus the composer for this kind of message. */
export const compose = signal<{ visibility: Visibility } | null>(null);

export function Composer({ chat }: { chat: Chat }) {
  const t = words.value;
  const [draft, change] = useDraft(chat.id);
  const area = useRef<HTMLTextAreaElement>(null);
  const internal = draft.visibility === "internal";
  const mentions = useMentions(area, draft.text, internal, (text) => change({ text }));

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
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (mentions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
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
      {mentions.names.length > 0 && <Mentions names={mentions.names} at={mentions.at} pick={mentions.pick} />}
      <div class="composer-head">
        <Segmented
          label={t.reply}
          value={draft.visibility}
          options={[
            { value: "public" as Visibility, label: t.reply },
            {
              value: "internal" as Visibility,
              label: (
                <>
                  <Icon name="lock" />
                  {t.note}
                </>
              ),
            },
          ]}
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
        aria-controls={mentions.names.length > 0 ? "mentions" : undefined}
        aria-activedescendant={mentions.names.length > 0 ? `mention-${mentions.at}` : undefined}
        onInput={(event) => {
          mentions.typed(event.currentTarget.selectionStart);
          change({ text: event.currentTarget.value });
        }}
        onSelect={(event) => mentions.moved(event.currentTarget.selectionStart)}
        onKeyDown={keys}
      />
      {draft.files.length > 0 && (
        <div class="tags">
          {draft.files.map((file, index) => (
            <span class="chip removable" key={file.url}>
              <span>{oneLine(file.name)}</span>
              <button
                type="button"
                aria-label={t.removeFile(oneLine(file.name))}
                onClick={() => change({ files: draft.files.filter((_, at) => at !== index) })}
              >
                <Icon name="x" />
              </button>
            </span>
          ))}
        </div>
      )}
      <div class="composer-foot">
        <PopoverButton
          label={t.attachLink}
          class="icon-button"
          content={() => <AttachForm attach={(file) => change({ files: [...draftOf(chat.id).files, file] })} />}
        >
          <Icon name="clip" />
        </PopoverButton>
        <span class="faint grow only-wide">{t.sendHint}</span>
        <button
          type="submit"
          class={internal ? "button note" : "button primary"}
          disabled={!draft.text.trim() && draft.files.length === 0}
        >
          {internal ? t.sendNote : t.send}
        </button>
      </div>
    </form>
  );
}
