// The list pane: its title and tabs, the filter, and the rows.
import { useEffect, useState } from "preact/hooks";
import { explain } from "../state/toasts";
import { formatNumber, words } from "../i18n";
import type { Status } from "../api/types";
import { loaded, listError, order, SHOWN_MAX, total } from "../state/list";
import { managerName } from "../state/people";
import { go, pane, shown } from "../state/route";
import { allMatching, selected, toggleLoaded } from "../state/selection";
import { current } from "../state/session";
import { customerName } from "../state/chats";
import { oneLine } from "../text/safe";
import { STATUSES, type Shown } from "../text/view";
import { BulkBar } from "./bulk_bar";
import { Icon } from "./icons";
import { Count, IconButton } from "./parts";
import { VirtualRows } from "./virtual_rows";

/** What a list is called. */
function titleOf({ view, filter }: Shown): string {
  const t = words.value;
  if (filter) return t.filter;
  const me = current().manager;
  const own: Record<string, string> = {
    all: t.all,
    unassigned: t.unassigned,
    [`assigned:${me}`]: t.me,
    [`unread:${me}`]: t.unread,
    [`favorites:${me}`]: t.favorites,
    [`sessions:${me}`]: t.sessions,
  };
  const [kind, ...rest] = view.split(":");
  const name = rest.join(":");
  if (own[view]) return own[view];
  if (kind === "assigned") return managerName(Number(name));
  if (kind === "customer") return customerName(Number(name));
  const plain = name.startsWith('"') ? (JSON.parse(name) as string) : name;
  if (kind === "tag") return oneLine(plain);
  return kind === "hashtag" ? `#${oneLine(plain)}` : oneLine(view);
}

function Tabs() {
  const t = words.value;
  const now = shown.value;
  const base = now.filter ?? now.view;
  const statuses: (Status | null)[] = [...STATUSES, null];
  return (
    <div class="tabs" role="group" aria-label={t.status}>
      {statuses.map((status) => (
        <button
          type="button"
          key={status ?? "any"}
          aria-pressed={now.status === status}
          title={status ? undefined : t.any}
          onClick={() => go({ status, filter: now.filter })}
        >
          <span>{status ? t[status] : t.anyShort}</span>
          {status && <Count view={base} status={status} />}
        </button>
      ))}
    </div>
  );
}

function FilterBox() {
  const t = words.value;
  const applied = shown.value.filter ?? "";
  const [text, setText] = useState(applied);
  useEffect(() => setText(applied), [applied]);
  const submit = (event: Event) => {
    event.preventDefault();
    const filter = text.trim();
    if (filter) go({ filter, status: null });
    else if (applied) go({ filter: null, status: "open" });
  };
  const clear = () => {
    setText("");
    if (applied) go({ filter: null, status: "open" });
  };
  const wrong = applied !== "" && listError.value !== null;
  return (
    <form class="filter" role="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        type="text"
        class="filter-input"
        aria-label={t.filter}
        aria-invalid={wrong}
        aria-keyshortcuts="/"
        title={t.filterHelp}
        placeholder={t.filterPlaceholder}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          clear();
          event.currentTarget.blur();
        }}
      />
      {text && <IconButton icon="x" label={t.clearFilter} onClick={clear} />}
    </form>
  );
}

function Empty() {
  const t = words.value;
  const error = listError.value;
  if (!loaded.value) return null;
  if (error)
    return (
      <div class="empty" role="alert">
        <p class="empty-title">
          {shown.value.filter && error.code === "malformed" ? t.filterWrong : explain(error.code)}
        </p>
        <p dir="auto">{oneLine(error.message)}</p>
        <code>{error.code}</code>
      </div>
    );
  if (total.value > 0) return null;
  const done = shown.value.status === "open" && !shown.value.filter;
  return (
    <div class="empty">
      <Icon name={done ? "close" : "inbox"} />
      <p class="empty-title">{done ? t.allDone : t.emptyTitle}</p>
      <p>{t.emptyText}</p>
    </div>
  );
}

function ListTools() {
  const t = words.value;
  const some = allMatching.value || selected.value.size > 0;
  const newest = order.value === "newest";
  return (
    <div class="list-tools">
      <label class="check" title={t.selectAllShown}>
        <input
          type="checkbox"
          aria-label={t.selectAllShown}
          checked={allMatching.value}
          indeterminate={some && !allMatching.value}
          onChange={toggleLoaded}
        />
      </label>
      <span class="faint grow list-total">
        {total.value > SHOWN_MAX ? t.tooMany(SHOWN_MAX) : formatNumber(total.value)}
      </span>
      <button type="button" class="button quiet" onClick={() => (order.value = newest ? "oldest" : "newest")}>
        <Icon name="order" />
        {newest ? t.newestFirst : t.oldestFirst}
      </button>
    </div>
  );
}

export function List() {
  const t = words.value;
  return (
    <section class="pane list" aria-label={t.chats} data-pane="list">
      <header class="pane-head">
        <IconButton icon="menu" label={t.menu} class="only-folded" onClick={() => (pane.value = "nav")} />
        <h1 class="grow" id="list-title" tabIndex={-1}>
          <bdi dir="auto">{titleOf(shown.value)}</bdi>
        </h1>
      </header>
      <FilterBox />
      <Tabs />
      <ListTools />
      <VirtualRows>
        <Empty />
      </VirtualRows>
      <BulkBar />
    </section>
  );
}
