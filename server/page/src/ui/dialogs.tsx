// Dialogs: the keys, a question, the report of a bulk, a message to many. The browser keeps the focus inside.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { asked as askedBulk, bulk, refused } from "../actions/bulk";
import { words } from "../i18n";
import { openChat } from "../state/route";
import { explain } from "../state/toasts";
import { IconButton } from "./parts";

export interface Question {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  run(): void;
}

export const helpIsOpen = signal(false);
export const bulkMessageIsOpen = signal(false);
const question = signal<Question | null>(null);

export function ask(one: Question) {
  question.value = one;
}

function Dialog({ title, close, children }: { title: string; close(): void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => before instanceof HTMLElement && before.isConnected && before.focus();
  }, []);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-label={title}
      onClose={close}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === box.current && close()}
    >
      <header>
        <h2>{title}</h2>
        <IconButton icon="x" label={words.value.dismiss} onClick={close} />
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

function Asking({ title, text, confirm, danger, run, close }: Question & { close(): void }) {
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      <div class="row-of-buttons">
        <button type="button" class="button" onClick={close}>
          {words.value.cancel}
        </button>
        <button type="button" class={danger ? "button danger" : "button primary"} onClick={() => (close(), run())}>
          {confirm}
        </button>
      </div>
    </Dialog>
  );
}

function Help() {
  const { keys, help } = words.value;
  const rows: [string[], string][] = [
    [["j", "k"], keys.move],
    [["Enter"], keys.open],
    [["Esc"], keys.escape],
    [["/"], keys.filter],
    [["r"], keys.reply],
    [["i"], keys.note],
    [["e"], keys.close],
    [["s"], keys.snooze],
    [["a"], keys.assign],
    [["t"], keys.tag],
    [["f"], keys.star],
    [["u"], keys.unread],
    [["x"], keys.select],
    [["1", "2", "3"], keys.go],
    [["?"], keys.help],
  ];
  return (
    <Dialog title={help} close={() => (helpIsOpen.value = false)}>
      <dl class="keys">
        {rows.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const CHATS_NAMED = 50;

/** What a bulk refused, by reason. */
function Refused() {
  const t = words.value;
  const list = refused.value ?? [];
  const close = () => (refused.value = null);
  const codes = [...new Set(list.map((one) => one.code))];
  return (
    <Dialog title={t.bulkRefused(list.length)} close={close}>
      {codes.map((code) => {
        const chats = list.filter((one) => one.code === code);
        return (
          <section key={code} class="refused">
            <h3>
              {explain(code)} <code>{code}</code>
            </h3>
            <p>
              {chats.slice(0, CHATS_NAMED).map(({ chat }) => (
                <button type="button" class="link" key={chat} onClick={() => (close(), openChat(chat))}>
                  #{chat}
                </button>
              ))}
              {chats.length > CHATS_NAMED && <span class="faint">+{chats.length - CHATS_NAMED}</span>}
            </p>
          </section>
        );
      })}
    </Dialog>
  );
}

function BulkMessage() {
  const t = words.value;
  const [text, setText] = useState("");
  const close = () => (bulkMessageIsOpen.value = false);
  const submit = (visibility: "public" | "internal") => {
    if (!text.trim()) return;
    close();
    bulk(t.message, { send_message: { visibility, text: text.trim() } });
  };
  return (
    <Dialog title={t.message} close={close}>
      <textarea
        class="field"
        rows={4}
        dir="auto"
        aria-label={t.message}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="row-of-buttons">
        <button type="button" class="button note" onClick={() => submit("internal")}>
          {t.sendNote}
        </button>
        <button type="button" class="button primary" onClick={() => submit("public")}>
          {t.send}
        </button>
      </div>
    </Dialog>
  );
}

export function Dialogs() {
  const t = words.value;
  const one = question.value;
  const many = askedBulk.value;
  return (
    <>
      {helpIsOpen.value && <Help />}
      {bulkMessageIsOpen.value && <BulkMessage />}
      {refused.value && <Refused />}
      {one && <Asking {...one} close={() => (question.value = null)} />}
      {many && (
        <Asking
          title={t.bulkSure(many.label, many.count)}
          text={t.bulkSureText}
          confirm={t.apply}
          run={many.run}
          close={() => (askedBulk.value = null)}
        />
      )}
    </>
  );
}
