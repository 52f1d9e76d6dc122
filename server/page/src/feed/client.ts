// A tab's side of the feed. Browsers without shared workers have a stream per tab.
import { signal } from "@preact/signals";
import type { FeedEvent } from "../api/types";
import { randomKey } from "../text/key";
import { Hub, type Tab } from "./hub";
import type { Connection, ToTab, ToWorker } from "./protocol";

export const connection = signal<Connection>("connecting");

export class Feed {
  private post: (views: string[]) => void;

  constructor(workspace: number, event: (event: FeedEvent) => void) {
    const see = (message: ToTab) => {
      if (message.kind === "event") event(message.event);
      else connection.value = message.state;
    };
    this.post =
      typeof SharedWorker === "undefined" || !navigator.locks ? inThisTab(workspace, see) : inWorker(workspace, see);
  }

  watch(views: string[]) {
    this.post(views);
  }
}

function inThisTab(workspace: number, see: (message: ToTab) => void) {
  const hub = new Hub(workspace);
  const tab: Tab = { views: [], send: see };
  return (views: string[]) => {
    tab.views = views;
    hub.watch(tab);
  };
}

function inWorker(workspace: number, see: (message: ToTab) => void) {
  const { port } = new SharedWorker("/feed.js", { type: "module", name: "inboxdb feed" });
  const lock = `inboxdb-tab-${randomKey()}`;
  const held = new Promise<void>((granted) => {
    // Never released: it ends with the tab.
    void navigator.locks.request(lock, () => {
      granted();
      return new Promise(() => undefined);
    });
  });
  port.onmessage = ({ data }: MessageEvent<ToTab>) => see(data);
  return (views: string[]) => {
    const message: ToWorker = { workspace, views, lock };
    void held.then(() => port.postMessage(message));
  };
}
