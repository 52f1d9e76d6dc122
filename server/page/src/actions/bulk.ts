// One action on many chats: a bulk by ids or by filter, with its progress and what was refused.
import { signal } from "@preact/signals";
import { ApiError, executeEach, executeWatched, query } from "../api/http";
import type { BulkReport, Command, Select } from "../api/types";
import { words } from "../i18n";
import { refreshChats } from "../state/chats";
import { isShown, reloadList, visibleIds } from "../state/list";
import { filter } from "../state/route";
import { allMatching, clearSelection, selected, selectedCount } from "../state/selection";
import { actor, current } from "../state/session";
import { attempt, tell } from "../state/toasts";

export interface Running {
  label: string;
  done: number;
  total: number;
}

export const running = signal<Running | null>(null);
export const refused = signal<BulkReport["refused"] | null>(null);
/** What waits for a yes, because it reaches chats that are not seen. */
export const asked = signal<{ label: string; count: number; run(): void } | null>(null);

/** The engine takes so many chats by id in one bulk. */
const IDS_MAX = 1_024;
/** Beyond this, "all that match" asks first. */
const UNASKED_MAX = 1;
const EACH = 200;
const LIST_MAX = 1_000;

/** Applies an action of the engine's bulk to the selection. */
export function bulk(label: string, action: Command) {
  confirm(label, (selections) => report(label, selections, action));
}

/** Applies a command that bulk does not have, chat by chat. */
export function bulkEach(label: string, command: (chat: number) => Command) {
  confirm(label, (selections) => each(label, selections, command));
}

function confirm(label: string, run: (selections: Select[]) => Promise<BulkReport>) {
  const count = selectedCount.peek();
  if (count === 0 || running.peek()) return;
  const start = () => void apply(label, run);
  if (allMatching.peek() && count > UNASKED_MAX) asked.value = { label, count, run: start };
  else start();
}

function selections(): Select[] {
  if (allMatching.peek()) return [{ filter: filter.peek() }];
  const ids = [...selected.peek()].sort((a, b) => a - b);
  const pieces: Select[] = [];
  for (let at = 0; at < ids.length; at += IDS_MAX) pieces.push({ chats: ids.slice(at, at + IDS_MAX) });
  return pieces;
}

async function apply(label: string, run: (selections: Select[]) => Promise<BulkReport>) {
  running.value = { label, done: 0, total: selectedCount.peek() };
  await attempt(async () => {
    const result = await run(selections());
    clearSelection();
    tell(`${label}: ${words.peek().bulkDone(result.changed, result.unchanged)}`, {
      note: result.refused.length > 0 ? words.peek().bulkRefused(result.refused.length) : undefined,
    });
    if (result.refused.length > 0) refused.value = result.refused;
  });
  running.value = null;
  await Promise.allSettled([reloadList(), refreshChats([...visibleIds.peek()].filter(isShown))]);
}

/** Runs pieces one after the other and adds up what they answer. */
async function report(label: string, pieces: Select[], action: Command): Promise<BulkReport> {
  const sum: BulkReport = { changed: 0, unchanged: 0, refused: [] };
  const whole = running.peek()?.total ?? 0;
  let before = 0;
  for (const select of pieces) {
    const show = (done: number, total: number | null) => {
      running.value = { label, done: before + done, total: "filter" in select ? (total ?? whole) : whole };
    };
    const result = await executeWatched<BulkReport>(
      current().workspace,
      actor(),
      { bulk: { select, do: action } },
      show,
    );
    before += "chats" in select ? select.chats.length : 0;
    sum.changed += result.changed;
    sum.unchanged += result.unchanged;
    sum.refused.push(...result.refused);
  }
  return sum;
}

async function each(label: string, pieces: Select[], command: (chat: number) => Command): Promise<BulkReport> {
  const ids = (await Promise.all(pieces.map((piece) => ("chats" in piece ? piece.chats : idsOf(piece.filter))))).flat();
  const sum: BulkReport = { changed: 0, unchanged: 0, refused: [] };
  for (let at = 0; at < ids.length; at += EACH) {
    const some = ids.slice(at, at + EACH);
    const answers = await executeEach(current().workspace, actor(), some.map(command));
    answers.forEach((answer, index) => {
      if (answer instanceof ApiError) sum.refused.push({ chat: some[index]!, code: answer.code });
      else sum.changed += 1;
    });
    running.value = { label, done: at + some.length, total: ids.length };
  }
  return sum;
}

/** All ids of a filter, as of when each page was read. */
async function idsOf(view: string): Promise<number[]> {
  const { workspace } = current();
  const ids: number[] = [];
  let before: string | null = null;
  do {
    const page: { ids: number[]; next: string | null } = await query({
      list: { workspace, view, limit: LIST_MAX, before, ids: true },
    });
    ids.push(...page.ids);
    before = page.next;
  } while (before !== null);
  return ids;
}
