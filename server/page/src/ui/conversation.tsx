// The open chat: who it is with, what can be done, its messages, and the composer.
import { words } from "../i18n";
import { chatError, openRow } from "../state/conversation";
import { chatId, openChat } from "../state/route";
import { explain } from "../state/toasts";
import { Bar, Head } from "./chat_head";
import { Composer } from "./composer";
import { Icon } from "./icons";
import { MessageList } from "./message_list";

function Nothing() {
  const t = words.value;
  return (
    <div class="empty">
      <Icon name="inbox" />
      <p class="empty-title">{t.pickChat}</p>
      <p class="only-wide">{t.pickChatHint}</p>
    </div>
  );
}

function Gone({ code }: { code: string }) {
  return (
    <div class="empty" role="alert">
      <p class="empty-title">{explain(code)}</p>
      <code>{code}</code>
      <button type="button" class="button" onClick={() => openChat(null)}>
        {words.value.back}
      </button>
    </div>
  );
}

export function Conversation() {
  const t = words.value;
  const row = openRow.value;
  const gone = chatError.value ?? (row === null && chatId.value !== null ? "unknown_chat" : null);
  return (
    <main class="pane chat" aria-label={t.conversation} data-pane="chat">
      {chatId.value === null ? (
        <Nothing />
      ) : gone ? (
        <Gone code={gone} />
      ) : (
        row && (
          <>
            <Head chat={row.chat} />
            <Bar chat={row.chat} />
            <MessageList key={row.chat.id} chat={row.chat} />
            <Composer key={`composer-${row.chat.id}`} chat={row.chat} />
          </>
        )
      )}
    </main>
  );
}
