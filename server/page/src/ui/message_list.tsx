// The messages of the open chat. It stays at its end while it is there, and loads older ones upward without a jump.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Actor, Chat, Message } from "../api/types";
import { formatDay, words } from "../i18n";
import {
  firstUnread,
  loadedChat,
  loadingOlder,
  loadOlder,
  messages,
  older,
  outgoing,
  readOpenChat,
} from "../state/conversation";
import { Icon } from "./icons";
import { MessageBubble, OutgoingBubble } from "./message";

const TOGETHER_MS = 5 * 60_000;
const NEAR_END = 80;
const LOAD_WITHIN = 400;

const authorKey = (author: Actor) => JSON.stringify(author);

/** Whether a message continues the one before it: by the same author, soon after, of the same visibility. */
function continues(message: Message, before: Message | undefined): boolean {
  return (
    before !== undefined &&
    authorKey(before.author) === authorKey(message.author) &&
    before.visibility === message.visibility &&
    message.at - before.at < TOGETHER_MS &&
    new Date(before.at).toDateString() === new Date(message.at).toDateString()
  );
}

function newDay(message: Message, before: Message | undefined): boolean {
  return before === undefined || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
}

/** Keeps the scroll where it belongs as messages come at either end. Answers whether the end is seen. */
function useScroll(first: number | undefined, last: number | undefined, sending: number) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const before = useRef<{ first: number | undefined; height: number }>({ first: undefined, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const old = before.current;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else if (old.first !== undefined && first !== undefined && first < old.first)
      element.scrollTop += element.scrollHeight - old.height;
    before.current = { first, height: element.scrollHeight };
  }, [first, last, sending]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // Pictures and fonts change heights; so does the window.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const scrolled = () => {
    const element = box.current;
    if (!element) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    setAway(!atEnd.current);
    if (element.scrollTop < LOAD_WITHIN) void loadOlder();
  };
  const toEnd = () => {
    atEnd.current = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  return { box, scrolled, away, toEnd };
}

export function MessageList({ chat }: { chat: Chat }) {
  const t = words.value;
  const list = loadedChat.value === chat.id ? messages.value : [];
  // What has arrived stands in the list already, or will in a moment.
  const mine = outgoing.value.filter(
    (one) => one.chat === chat.id && !list.some((message) => message.message === one.sent),
  );
  const { box, scrolled, away, toEnd } = useScroll(list[0]?.message, list.at(-1)?.message, mine.length);
  useEffect(() => {
    if (mine.length > 0) toEnd();
  }, [mine.length]);
  useEffect(() => {
    document.addEventListener("visibilitychange", readOpenChat);
    return () => document.removeEventListener("visibilitychange", readOpenChat);
  }, []);
  // A short page of messages leaves no room to scroll for more.
  useEffect(() => {
    const element = box.current;
    if (element && older.value && element.scrollHeight <= element.clientHeight + LOAD_WITHIN) void loadOlder();
  }, [list.length, older.value]);
  return (
    <div class="messages-frame">
      <div
        class="messages"
        ref={box}
        onScroll={scrolled}
        tabIndex={0}
        role="log"
        aria-label={t.messages}
        aria-live="off"
      >
        <div class="messages-inner">
          {loadedChat.value === chat.id && older.value === null && <p class="beginning">{t.beginning}</p>}
          {list.map((message, at) => (
            <div key={message.message} class="message-slot">
              {newDay(message, list[at - 1]) && (
                <p class="day">
                  <span>{formatDay(message.at)}</span>
                </p>
              )}
              {firstUnread.value === message.message && (
                <p class="day new">
                  <span>{t.newMessages}</span>
                </p>
              )}
              <MessageBubble chat={chat} message={message} joined={continues(message, list[at - 1])} />
            </div>
          ))}
          {mine.map((one) => (
            <OutgoingBubble key={one.key} one={one} />
          ))}
        </div>
      </div>
      {loadingOlder.value && <p class="loading-older">{t.loadingOlder}</p>}
      {away && (
        <button type="button" class="to-end" aria-label={t.newMessages} title={t.newMessages} onClick={toEnd}>
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}
