// Views in text, written as the engine prints them: docs/COMMANDS.md#views.
import type { Status } from "../api/types";

export const STATUSES: Status[] = ["open", "snoozed", "closed"];

/** A name in a view: in JSON quotes if it could be read as something else. */
export function quoted(name: string): string {
  const plain = name !== "" && !/[\s:&|!()"]/u.test(name) && !(STATUSES as string[]).includes(name);
  return plain ? name : JSON.stringify(name);
}

export const tagView = (path: string) => `tag:${quoted(path)}`;
export const hashtagView = (word: string) => `hashtag:${quoted(word)}`;

/** Names that the engine compares as equal have one key. */
export const viewKey = (view: string) => view.normalize("NFC").toLowerCase().normalize("NFC");

/** What a list shows: a view or a filter, and a status. */
export interface Shown {
  view: string;
  filter: string | null;
  status: Status | null;
}

/** The filter of a list as the engine reads it. */
export function filterText({ view, filter, status }: Shown): string {
  if (filter) return status ? `(${filter}) & all:${status}` : filter;
  return status ? `${view}:${status}` : view;
}

/** Cuts a status off the end of a view. */
export function splitStatus(text: string): { view: string; status: Status | null } {
  const match = /^(.*):(open|snoozed|closed)$/su.exec(text);
  return match ? { view: match[1]!, status: match[2] as Status } : { view: text, status: null };
}

/** Whether a text is one view rather than a filter of several: only such can be watched. */
export function isSingleView(text: string): boolean {
  return /^(?:all|unassigned|(?:assigned|following|sessions|unread|favorites|customer):\d+|(?:tag|hashtag|custom):(?:[^\s:&|!()"]+|"(?:[^"\\]|\\.)*"))$/u.test(
    text,
  );
}
