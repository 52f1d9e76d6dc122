// Shares one stream among the tabs of a browser: it watches what any of them shows.
import type { FeedEvent } from "../api/types";
import type { Connection, ToTab } from "./protocol";
import { Stream } from "./stream";

export interface Tab {
  views: string[];
  send(message: ToTab): void;
}

export class Hub {
  private readonly tabs = new Set<Tab>();
  private readonly stream: Stream;

  constructor(workspace: number) {
    this.stream = new Stream(workspace, {
      connection: (state: Connection) => this.tell({ kind: "connection", state }),
      event: (event: FeedEvent) => this.tell({ kind: "event", event }),
    });
    addEventListener("online", () => this.stream.hurry());
  }

  /** Adds a tab, or takes over what it watches now. */
  watch(tab: Tab) {
    const joined = !this.tabs.has(tab);
    this.tabs.add(tab);
    this.update();
    if (joined) tab.send({ kind: "connection", state: this.stream.state });
  }

  leave(tab: Tab) {
    if (!this.tabs.delete(tab)) return;
    if (this.tabs.size === 0) this.stream.stop();
    else this.update();
  }

  private update() {
    this.stream.watch([...new Set([...this.tabs].flatMap((tab) => tab.views))].sort());
  }

  private tell(message: ToTab) {
    for (const tab of this.tabs) tab.send(message);
  }
}
