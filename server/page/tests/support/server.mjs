// The real binary behind a real port, with an inbox to begin with.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const root = new URL("../../../../", import.meta.url).pathname;
const built = ["release", "debug"].map((profile) => join(root, "target", profile, "inboxdb")).find(existsSync);
export const binary = process.env.INBOXDB ?? built ?? "inboxdb";

/** What a test that failed half-way leaves behind would keep the runner waiting for it. */
const running = new Set();
after(() => Promise.all([...running].map((server) => server.stop())));

export class Server {
  constructor(directory, options) {
    this.directory = directory;
    this.options = options;
  }

  /** A server over a new store. `chats` fills it with the demo's inbox first. */
  static async start({ chats = 0, options = [] } = {}) {
    const place = await mkdtemp(join(tmpdir(), "inboxdb-page-"));
    const server = new Server(join(place, "inbox"), options);
    running.add(server);
    server.place = place;
    if (chats > 0) server.run(["demo", "--dir", server.directory, "--chats", String(chats)]);
    await server.up();
    return server;
  }

  run(args) {
    const ran = spawnSync(binary, args, { encoding: "utf8" });
    if (ran.error) throw ran.error;
    if (ran.status !== 0) throw new Error(`inboxdb ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  }

  /** Starts the process, at the port that it had before. */
  async up() {
    const listen = `127.0.0.1:${this.port ?? 0}`;
    this.process = spawn(binary, ["serve", this.directory, "--listen", listen, ...this.options], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    this.ended = new Promise((done) => this.process.once("exit", done));
    await new Promise((done, failed) => {
      this.process.stderr.on("data", (data) => {
        said += data;
        const match = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said);
        if (match) ((this.port = Number(match[1])), done());
      });
      void this.ended.then(() => failed(new Error(`the server ended: ${said}`)));
    });
    this.url = `http://127.0.0.1:${this.port}`;
  }

  async down(signal = "SIGTERM") {
    this.process?.kill(signal);
    await this.ended;
  }

  async stop() {
    running.delete(this);
    await this.down("SIGKILL");
    await rm(this.place, { recursive: true, force: true });
  }

  async post(path, body, headers = {}) {
    const response = await fetch(this.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-inboxdb": "1", ...headers },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  /** Does a command and answers its result; a refusal is an error. */
  async command(actor, command) {
    const answer = await this.post("/v1/commands", { workspace: 1, actor, do: command });
    if (answer.error) throw new Error(`${JSON.stringify(command)}: ${JSON.stringify(answer.error)}`);
    return answer.ok;
  }

  async query(question) {
    const answer = await this.post("/v1/queries", question);
    if (answer.error) throw new Error(`${JSON.stringify(question)}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  async count(view) {
    return (await this.query({ count: { workspace: 1, view } })).count;
  }

  async sidebar(manager) {
    return this.query({ sidebar: { workspace: 1, manager } });
  }
}

/** A small inbox: two managers, tags, and chats by number of customer. */
export async function smallInbox(server, chats = 6) {
  const system = (command) => server.command("system", command);
  await system({ put_manager: { manager: 7, name: "Ada", role: "owner" } });
  await system({ put_manager: { manager: 9, name: "Lin", role: "member" } });
  await system({ set_operator: { manager: 7, on: true } });
  for (const path of ["billing/refund", "billing/invoice", "vip"]) await system({ create_tag: { path } });
  for (let customer = 1; customer <= chats; customer++) {
    await system({ put_customer: { customer, name: `Customer ${customer}` } });
    const { chat } = await server.command({ customer }, { start_chat: { customer } });
    await server.command(
      { customer },
      { send_message: { chat, visibility: "public", text: `Hello, this is ${customer}` } },
    );
  }
}
