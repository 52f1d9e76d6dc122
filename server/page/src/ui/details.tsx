// The panels beside the conversation: the customer and the chat.
import type { ComponentChildren } from "preact";
import { words } from "../i18n";
import { openRow } from "../state/conversation";
import { pane } from "../state/route";
import { stored } from "../state/stored";
import { ChatPanel, Followers } from "./chat_panel";
import { toggleDetails } from "../state/details";
import { CustomerHead, EarlierChats, Events, Profile } from "./customer_panel";
import { FilesAndLinks } from "./files_panel";
import { Icon } from "./icons";
import { IconButton } from "./parts";

const foldedPanels = stored<Record<string, boolean>>("folded-panels", {});

function Panel({ name, title, children }: { name: string; title: string; children: ComponentChildren }) {
  const closed = foldedPanels.value[name] ?? false;
  return (
    <section class="panel">
      <h3>
        <button
          type="button"
          aria-expanded={!closed}
          onClick={() => (foldedPanels.value = { ...foldedPanels.value, [name]: !closed })}
        >
          <Icon name="chevron" />
          {title}
        </button>
      </h3>
      {!closed && children}
    </section>
  );
}

export function Details() {
  const t = words.value;
  const chat = openRow.value?.chat;
  return (
    <aside class="pane details" aria-label={t.details} data-pane="details">
      <header class="pane-head">
        <h2 class="grow">{t.details}</h2>
        <IconButton
          icon="x"
          label={t.closeDetails}
          onClick={() => (pane.value === "details" ? (pane.value = "chat") : toggleDetails())}
        />
      </header>
      {chat && (
        <div class="pane-body" tabIndex={0} role="group" aria-label={t.details}>
          <CustomerHead customer={chat.customer} />
          <Panel name="profile" title={t.profile}>
            <Profile customer={chat.customer} />
          </Panel>
          <Panel name="chat" title={t.chat}>
            <ChatPanel key={chat.id} chat={chat} />
          </Panel>
          <Panel name="followers" title={t.followers}>
            <Followers chat={chat} />
          </Panel>
          <Panel name="earlier" title={t.earlier}>
            <EarlierChats key={chat.id} chat={chat.id} />
          </Panel>
          <Panel name="events" title={t.events}>
            <Events key={chat.id} chat={chat.id} customer={chat.customer} />
          </Panel>
          <Panel name="files" title={t.files}>
            <FilesAndLinks key={chat.id} chat={chat.id} />
          </Panel>
        </div>
      )}
    </aside>
  );
}
