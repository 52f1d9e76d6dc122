// The shared worker: tabs of one browser share one stream per workspace.
import { Hub, type Tab } from "./hub";
import type { ToWorker } from "./protocol";

const hubs = new Map<number, Hub>();

function hubOf(workspace: number): Hub {
  let hub = hubs.get(workspace);
  if (!hub) hubs.set(workspace, (hub = new Hub(workspace)));
  return hub;
}

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  let joined: { hub: Hub; tab: Tab } | null = null;
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (!joined) {
      joined = { hub: hubOf(data.workspace), tab: { views: [], send: (message) => port.postMessage(message) } };
      const { hub, tab } = joined;
      // A port does not say when its tab is gone. The tab's lock does: it is granted then.
      void navigator.locks.request(data.lock, () => hub.leave(tab));
    }
    joined.tab.views = data.views;
    joined.hub.watch(joined.tab);
  };
});
