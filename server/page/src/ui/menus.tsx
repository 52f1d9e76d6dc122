// What opens from buttons and keys: assignees, tags, snooze times. Each takes what to do with the choice.
import { useEffect, useState } from "preact/hooks";
import { query } from "../api/http";
import type { Recommended } from "../api/types";
import { formatUntil, translateReason, words } from "../i18n";
import { managerName, present, tagPaths } from "../state/people";
import { current } from "../state/session";
import { oneLine } from "../text/safe";
import { Icon } from "./icons";
import { Avatar } from "./parts";
import { Picker, type Option } from "./picker";
import { closePopover } from "./popover";

function managerOption(id: number, pick: (id: number) => void, more: Partial<Option> = {}): Option {
  const manager = present.value.find((one) => one.manager === id);
  const name = managerName(id);
  return {
    key: `m${id}`,
    text: id === current().manager ? `${name} (${words.value.you})` : name,
    icon: <Avatar name={name} seed={`m${id}`} small online={manager?.online ?? false} />,
    pick: () => pick(id),
    ...more,
  };
}

/** Managers to pick from; with a chat, the recommended ones first and why. */
export function ManagerPicker({
  label,
  chat,
  checked,
  pick,
  none,
}: {
  label: string;
  chat?: number;
  checked?: number[];
  pick(id: number): void;
  none?: () => void;
}) {
  const [recommended, setRecommended] = useState<Recommended[]>([]);
  useEffect(() => {
    if (chat === undefined) return;
    query<{ managers: Recommended[] }>({ recommend: { workspace: current().workspace, chat, limit: 3 } }).then(
      (answer) => setRecommended(answer.managers.filter((one) => !one.full)),
      () => undefined,
    );
  }, [chat]);
  const t = words.value;
  const choose = (id: number) => {
    closePopover();
    pick(id);
  };
  const first = recommended.map(({ manager, reasons }) => {
    const note = [...reasons]
      .sort((a, b) => b.points - a.points)
      .map(({ reason }) => translateReason(reason))
      .join(" · ");
    return managerOption(manager, choose, { key: `r${manager}`, note: oneLine(note), group: t.recommended });
  });
  const me = current().manager;
  const others = present.value.map((one) => one.manager).sort((a, b) => Number(b === me) - Number(a === me));
  const everyone = others.map((id) =>
    managerOption(id, choose, { checked: checked?.includes(id), ...(first.length > 0 ? { group: t.everyone } : {}) }),
  );
  const clear: Option[] = none
    ? [{ key: "none", text: t.unassign, icon: <Icon name="unassigned" />, pick: () => (closePopover(), none()) }]
    : [];
  return <Picker label={label} options={[...first, ...clear, ...everyone]} />;
}

/** Tags to pick from. Picking does not close: a chat often gets more than one. */
export function TagPicker({
  label,
  checked,
  pick,
  create,
  stay,
}: {
  label: string;
  checked?: string[];
  pick(path: string): void;
  create?: (path: string) => void;
  stay?: boolean;
}) {
  const done = (run: () => void) => () => {
    if (!stay) closePopover();
    run();
  };
  const options = tagPaths.value.map((path): Option => ({
    key: path,
    text: oneLine(path),
    icon: <Icon name="tag" />,
    checked: checked?.includes(path),
    pick: done(() => pick(path)),
  }));
  const made =
    create &&
    ((path: string): Option => ({
      key: "new",
      text: words.value.createTag(oneLine(path)),
      icon: <Icon name="plus" />,
      pick: done(() => create(path)),
    }));
  return <Picker label={label} options={options} create={made} />;
}

const MORNING = 9;

function morning(days: number): number {
  const at = new Date();
  at.setDate(at.getDate() + days);
  return at.setHours(MORNING, 0, 0, 0);
}

const HOUR = 3_600_000;
const pad = (part: number) => String(part).padStart(2, "0");

/** What `<input type="datetime-local">` takes: local time, without a zone. */
function localTime(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

export function SnoozeMenu({ pick }: { pick(until: number): void }) {
  const t = words.value;
  const now = Date.now();
  const [exact, setExact] = useState(localTime(now + HOUR));
  const [past, setPast] = useState(false);
  const toMonday = (8 - new Date().getDay()) % 7 || 7;
  const presets: [string, number][] = [
    [t.snoozeHours(1), now + HOUR],
    [t.snoozeHours(3), now + 3 * HOUR],
    [t.snoozeTomorrow, morning(1)],
    ...(toMonday > 1 ? ([[t.snoozeMonday, morning(toMonday)]] as [string, number][]) : []),
    [t.snoozeWeek, morning(7)],
  ];
  const choose = (until: number) => {
    closePopover();
    pick(until);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const until = new Date(exact).getTime();
    if (until > Date.now()) choose(until);
    else setPast(true);
  };
  return (
    <div class="menu snooze-menu">
      {presets.map(([label, until]) => (
        <button type="button" key={label} onClick={() => choose(until)}>
          <span class="grow">{label}</span>
          <span class="faint">{formatUntil(until)}</span>
        </button>
      ))}
      <form onSubmit={submit}>
        <label>
          <span>{t.snoozeExact}</span>
          <input
            type="datetime-local"
            step="1"
            value={exact}
            min={localTime(now)}
            required
            onInput={(event) => setExact(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary">
          {t.snooze}
        </button>
        {past && (
          <p class="error-note" role="alert">
            {t.snoozePast}
          </p>
        )}
      </form>
    </div>
  );
}
