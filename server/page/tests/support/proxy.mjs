// A wire that can be cut: between the browser and the server, on loopback.
import { connect, createServer } from "node:net";

export class Proxy {
  sockets = new Set();
  broken = false;
  /** Set to lose the answer to the next request that contains this text; the request itself arrives. */
  loseAnswerTo = null;
  lost = 0;

  static async before(server) {
    const self = new Proxy();
    self.listener = createServer((client) => self.join(client, server.port));
    await new Promise((done) => self.listener.listen(0, "127.0.0.1", done));
    self.url = `http://127.0.0.1:${self.listener.address().port}`;
    return self;
  }

  join(client, port) {
    if (this.broken) return client.destroy();
    const upstream = connect(port, "127.0.0.1");
    let losing = false;
    client.on("data", (data) => {
      if (this.loseAnswerTo && data.includes(this.loseAnswerTo)) {
        losing = true;
        this.loseAnswerTo = null;
        this.lost += 1;
      }
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      // The server has answered, so it has done it; the browser never hears of it.
      if (losing) client.destroy();
      else client.write(data);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      this.sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }

  cut() {
    this.broken = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend() {
    this.broken = false;
  }

  stop() {
    this.cut();
    this.listener.close();
  }
}
