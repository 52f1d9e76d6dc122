// What is known of a customer: profile, events, earlier chats.
import { useEffect, useState } from "preact/hooks";
import type { Chat, CustomerEvent } from "../api/types";
import { formatFull, formatShort, words } from "../i18n";
import { changes } from "../state/live";
import { customerName, customerOf } from "../state/chats";
import { profileFields } from "../state/people";
import { go, openChat } from "../state/route";
import { current } from "../state/session";
import { oneLine } from "../text/safe";
import { Avatar, Segmented, StatusDot, Text, Time } from "./parts";
import { usePaged } from "./paged";

export function CustomerHead({ customer }: { customer: number }) {
  const t = words.value;
  const name = customerName(customer);
  return (
    <div class="customer-head">
      <Avatar name={name} seed={`c${customer}`} />
      <div class="grow">
        <p class="head-name">
          <bdi dir="auto">{name}</bdi>
        </p>
        <button type="button" class="link" onClick={() => go({ view: `customer:${customer}`, status: null })}>
          {t.showAllOf(name)}
        </button>
      </div>
    </div>
  );
}

/** The fields that the workspace shows, in its order; without such a choice, all there are. */
export function Profile({ customer }: { customer: number }) {
  const t = words.value;
  const known = customerOf(customer).value;
  const profile = known?.profile ?? {};
  const fields = profileFields.value;
  const chosen = fields
    .filter((field) => field.shown && profile[field.key] !== undefined)
    .map((field) => [field.label, profile[field.key]!] as const);
  const rows: (readonly [string, string])[] = fields.length > 0 ? chosen : Object.entries(profile);
  if (known?.external) rows.push(["ID", known.external]);
  if (rows.length === 0) return <p class="empty-note">{t.noMatch}</p>;
  return (
    <dl class="facts">
      {rows.map(([label, value]) => (
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
  );
}

export function EarlierChats({ chat }: { chat: number }) {
  const t = words.value;
  const { items, more } = usePaged<Chat>(
    (before) => ({ earlier_chats: { workspace: current().workspace, chat, limit: 5, before } }),
    "chats",
    changes.value,
  );
  if (items?.length === 0) return <p class="empty-note">{t.noEarlier}</p>;
  return (
    <ul class="plain">
      {(items ?? []).map((one) => (
        <li key={one.id}>
          <button type="button" class="line" onClick={() => openChat(one.id)}>
            <StatusDot status={one.status} />
            <span class="grow">
              #{one.id} {one.tags[0] !== undefined && <Text class="faint">{one.tags[0]}</Text>}
            </span>
            <Time at={one.last_activity_at} class="faint" full={formatFull(one.last_activity_at)}>
              {formatShort(one.last_activity_at)}
            </Time>
          </button>
        </li>
      ))}
      {more && (
        <li>
          <button type="button" class="link" onClick={more}>
            {t.loadMore}
          </button>
        </li>
      )}
    </ul>
  );
}

function EventList({ question }: { question: (before: string | null) => unknown }) {
  const t = words.value;
  const { items, more } = usePaged<CustomerEvent>(question, "events");
  if (items?.length === 0) return <p class="empty-note">{t.noEvents}</p>;
  return (
    <ul class="plain">
      {(items ?? []).map((event) => (
        <li key={event.event} class="line">
          <span
            class="grow"
            title={Object.entries(event.properties)
              .map(([key, value]) => oneLine(`${key}: ${value}`))
              .join("\n")}
          >
            <Text>{event.name}</Text> {event.page && <Text class="faint">{event.page}</Text>}
          </span>
          <Time at={event.at} class="faint" full={formatFull(event.at)}>
            {formatShort(event.at)}
          </Time>
        </li>
      ))}
      {more && (
        <li>
          <button type="button" class="link" onClick={more}>
            {t.loadMore}
          </button>
        </li>
      )}
    </ul>
  );
}

export function Events({ chat, customer }: { chat: number; customer: number }) {
  const t = words.value;
  const [which, setWhich] = useState<"all" | "before">("all");
  const { workspace } = current();
  useEffect(() => setWhich("all"), [chat]);
  return (
    <>
      <Segmented<"all" | "before">
        label={t.events}
        class="wide"
        value={which}
        options={[
          { value: "all", label: t.eventsAll },
          { value: "before", label: t.eventsBefore },
        ]}
        onChange={setWhich}
      />
      {which === "all" ? (
        <EventList key="all" question={(before) => ({ events: { workspace, customer, limit: 5, before } })} />
      ) : (
        <EventList
          key="before"
          question={(before) => ({ events_before_chat: { workspace, chat, limit: 5, before } })}
        />
      )}
    </>
  );
}
