// What tabs and the shared worker say to each other.
import type { FeedEvent } from "../api/types";

export type Connection = "connecting" | "live" | "offline" | "denied";

/** From a tab. `lock` is held by the tab as long as it lives. */
export type ToWorker = { workspace: number; views: string[]; lock: string };

export type ToTab = { kind: "connection"; state: Connection } | { kind: "event"; event: FeedEvent };
