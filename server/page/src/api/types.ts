// The JSON of the engine, as docs/QUERIES.md and docs/COMMANDS.md describe it.

export type Status = "open" | "snoozed" | "closed";
export type Visibility = "public" | "internal";
export type Actor = "system" | { manager: number } | { customer: number };

export interface Counts {
  open: number;
  snoozed: number;
  closed: number;
}

export interface Chat {
  id: number;
  customer: number;
  status: Status;
  snoozed_until: number | null;
  assignee: number | null;
  followers: number[];
  tags: string[];
  unread: Record<string, number>;
  favorited_by: number[];
  description: string | null;
  created_at: number;
  last_activity_at: number;
  messages: number;
  attributes?: Record<string, string>;
  external?: string;
}

export interface File {
  name: string;
  url: string;
  media_type: string;
  bytes: number;
}

export interface Message {
  message: number;
  at: number;
  author: Actor;
  visibility: Visibility;
  text: string;
  files: File[];
  edited_at?: number;
  redacted?: boolean;
}

export interface Manager {
  manager: number;
  name: string;
  role: "owner" | "member";
  operator: boolean;
  online: boolean;
  followed_tags: string[];
  capacity?: number;
  removed?: boolean;
}

export interface Customer {
  customer: number;
  name: string | null;
  profile: Record<string, string>;
  external?: string;
}

export interface ProfileField {
  key: string;
  label: string;
  shown: boolean;
}

export interface CustomerEvent {
  event: number;
  at: number;
  name: string;
  page: string | null;
  properties: Record<string, string>;
}

export interface Colleague {
  manager: number;
  name: string;
  open: number;
}

export interface Sidebar {
  workspace: number;
  manager: number;
  seq: number;
  me: Counts;
  unassigned: Counts;
  all: Counts;
  unread: { chats: number; messages: number };
  favorites: number;
  my_sessions: Counts;
  operators: Colleague[];
  others: Colleague[];
  tags: { path: string; open: number }[];
}

export interface Recommended {
  manager: number;
  name: string;
  points: number;
  full: boolean;
  open: number;
  reasons: { points: number; reason: string }[];
}

export interface BulkReport {
  changed: number;
  unchanged: number;
  refused: { chat: number; code: string }[];
}

/** A view's numbers in an event; `unread:N` also counts messages. */
export interface ViewCounts extends Counts {
  view: string;
  messages?: number;
}

export interface Change {
  seq: number;
  workspace: number;
  at: number;
  by: Actor | null;
  id?: string;
  chats: { chat: number; what: string[]; message?: number }[];
  more?: boolean;
  counts?: ViewCounts[];
  sidebar?: boolean;
  notices?: { kind: string; chat: number; managers: number[] }[];
}

export type FeedEvent =
  Change | { caught_up: number; counts?: ViewCounts[] } | { reset: number; counts?: ViewCounts[] } | { lagged: number };

export type Select = { chats: number[] } | { filter: string };
export type Command = Record<string, unknown>;
