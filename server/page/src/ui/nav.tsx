// The navigation: the views of the manager, of the team, and the tags, with live numbers.
import type { ComponentChildren } from "preact";
import type { Status } from "../api/types";
import { words } from "../i18n";
import { STATUSES } from "../text/view";
import { managers, sidebar } from "../state/people";
import { go, pane, shown } from "../state/route";
import { current } from "../state/session";
import { stored } from "../state/stored";
import { oneLine } from "../text/safe";
import { Icon, type IconName } from "./icons";
import { NavFooter } from "./nav_footer";
import { Avatar, Count, StatusDot, Text } from "./parts";
import { TagTree } from "./tag_tree";
import type { Which } from "../state/numbers";

interface ItemProps {
  view: string;
  /** What a click shows; null is any status. */
  status: Status | null;
  /** Which of the view's numbers stands beside it, if any. */
  number?: Which;
  icon?: IconName;
  lead?: ComponentChildren;
  children: ComponentChildren;
  sub?: boolean;
  /** The view has another entry, which is the one to be marked as shown. */
  twin?: boolean;
}

/** Whether the list shows this view, for any of its statuses unless one is named. */
function isCurrent(view: string, status: Status | null, exact: boolean): boolean {
  const now = shown.value;
  return !now.filter && now.view === view && (!exact || now.status === status);
}

export function NavItem({ view, status, number, icon, lead, children, sub = false, twin = false }: ItemProps) {
  const here = !twin && isCurrent(view, status, sub);
  return (
    <button
      type="button"
      class={`nav-item${sub ? " sub" : ""}`}
      aria-current={here ? "page" : undefined}
      onClick={() => go({ view, status })}
    >
      {lead ?? (icon && <Icon name={icon} />)}
      <span class="nav-label">{children}</span>
      {number && <Count view={view} status={number} />}
    </button>
  );
}

/** A part of the navigation that folds; folding is remembered. */
const folded = stored<Record<string, boolean>>("folded-groups", { others: true });

function Group({ name, title, children }: { name: string; title: string; children: ComponentChildren }) {
  const closed = folded.value[name] ?? false;
  return (
    <section class="nav-group">
      <h2>
        <button
          type="button"
          aria-expanded={!closed}
          onClick={() => (folded.value = { ...folded.value, [name]: !closed })}
        >
          <Icon name="chevron" />
          {title}
        </button>
      </h2>
      {!closed && children}
    </section>
  );
}

function Colleagues({ people }: { people: { manager: number; name: string }[] }) {
  return (
    <>
      {people.map(({ manager, name }) => (
        <NavItem
          key={manager}
          view={`assigned:${manager}`}
          status="open"
          number="open"
          twin={manager === current().manager}
          lead={<Avatar name={name} seed={`m${manager}`} small online={managers.value.get(manager)?.online ?? false} />}
        >
          <Text>{name}</Text>
        </NavItem>
      ))}
    </>
  );
}

function Mine({ me }: { me: number }) {
  const t = words.value;
  return (
    <div class="nav-group">
      <NavItem view={`assigned:${me}`} status="open" icon="user">
        {t.me}
      </NavItem>
      {STATUSES.map((status) => (
        <NavItem
          key={status}
          sub
          view={`assigned:${me}`}
          status={status}
          number={status}
          lead={<StatusDot status={status} />}
        >
          {t[status]}
        </NavItem>
      ))}
      <NavItem view="unassigned" status="open" number="open" icon="unassigned">
        {t.unassigned}
      </NavItem>
      <NavItem view="all" status="open" number="open" icon="all">
        {t.all}
      </NavItem>
      <NavItem view={`unread:${me}`} status={null} number="any" icon="unread">
        {t.unread}
      </NavItem>
      <NavItem view={`favorites:${me}`} status={null} number="any" icon="star">
        {t.favorites}
      </NavItem>
      <NavItem view={`sessions:${me}`} status="open" number="open" icon="sessions">
        {t.sessions}
      </NavItem>
    </div>
  );
}

export function Nav() {
  const t = words.value;
  const bar = sidebar.value;
  const me = current().manager;
  const own = managers.value.get(me);
  return (
    <nav class="pane nav" aria-label={t.navigation} data-pane="nav">
      <header class="pane-head">
        <Avatar name={own?.name ?? ""} seed={`m${me}`} />
        <div class="grow head-names">
          <p class="head-name">{oneLine(own?.name ?? "") || "\u00a0"}</p>
          <p class="faint">{own ? t.role[own.role] : "\u00a0"}</p>
        </div>
        <button type="button" class="icon-button only-narrow" aria-label={t.back} onClick={() => (pane.value = "list")}>
          <Icon name="x" />
        </button>
      </header>
      <div class="pane-body">
        <Mine me={me} />
        {bar && (
          <>
            <Group name="operators" title={t.operators}>
              <Colleagues people={bar.operators} />
            </Group>
            <Group name="others" title={t.others}>
              <Colleagues people={bar.others} />
            </Group>
            <Group name="tags" title={t.tags}>
              <TagTree paths={bar.tags.map((tag) => tag.path)} />
            </Group>
          </>
        )}
      </div>
      <NavFooter />
    </nav>
  );
}
