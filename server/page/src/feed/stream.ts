// One stream of events. It reconnects by itself and resumes after the last event that it saw.
import type { FeedEvent } from "../api/types";
import { readSse } from "../api/sse";
import type { Connection } from "./protocol";

const FIRST_WAIT = 300;
const LONGEST_WAIT = 5_000;
/** A server sends at least a comment this often; a connection that is silent for longer is dead. */
const SILENCE_MAX = 45_000;

export interface Listener {
  connection(state: Connection): void;
  event(event: FeedEvent): void;
}

export class Stream {
  private views: string[] = [];
  private lastId: string | null = null;
  /** A view that no longer exists is refused. Then the sidebars alone are watched. */
  private onlySidebars = false;
  private running: AbortController | null = null;
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | undefined;
  state: Connection = "connecting";

  constructor(
    private readonly workspace: number,
    private readonly listener: Listener,
  ) {}

  /** Watches these views from now on, and resumes where it was. */
  watch(views: string[]) {
    if (this.running && views.join("\n") === this.views.join("\n")) return;
    this.views = views;
    this.onlySidebars = false;
    this.restart();
  }

  /** Connects at once, for instance because the network is back. */
  restart() {
    this.stop();
    this.wait = FIRST_WAIT;
    void this.run();
  }

  /** Does not wait any longer, if it was waiting. */
  hurry() {
    if (this.state !== "live") this.restart();
  }

  stop() {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
  }

  private url(): string {
    const watched = this.onlySidebars ? this.views.filter((view) => view.startsWith("sidebar:")) : this.views;
    const views = watched.map((view) => `views=${encodeURIComponent(view)}`).join("&");
    return `/v1/workspaces/${this.workspace}/events?${views}`;
  }

  private async run() {
    const running = new AbortController();
    this.running = running;
    let silence = setTimeout(() => running.abort(), SILENCE_MAX);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => running.abort(), SILENCE_MAX);
    };
    let status = 0;
    try {
      await readSse(this.url(), this.lastId, running.signal, heard, ({ id, data }) => {
        if (this.running !== running) return;
        this.see(id, JSON.parse(data) as FeedEvent);
      });
    } catch (failed) {
      status = failed instanceof Response ? failed.status : 0;
    }
    clearTimeout(silence);
    if (this.running !== running) return;
    this.running = null;
    if ((status === 400 || status === 404) && !this.onlySidebars) {
      this.onlySidebars = true;
      return void this.run();
    }
    const denied = status === 401 || status === 403;
    this.become(denied ? "denied" : "offline");
    this.timer = setTimeout(() => void this.run(), denied ? LONGEST_WAIT : this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  private see(id: string, event: FeedEvent) {
    if (id) this.lastId = id;
    this.wait = FIRST_WAIT;
    this.listener.event(event);
    // The first event says where the stream begins: from here on nothing is missed.
    if ("caught_up" in event || "reset" in event) this.become("live");
  }

  private become(state: Connection) {
    if (this.state === state) return;
    this.state = state;
    this.listener.connection(state);
  }
}
