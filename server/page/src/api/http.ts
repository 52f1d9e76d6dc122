// Queries and commands over HTTP. A command carries a key, so that sending it again after a lost answer does nothing twice.
import { randomKey } from "../text/key";
import type { Actor, Command } from "./types";

/** A refusal of the server, with the code of the contract; `offline` if no answer came. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly http = 0,
  ) {
    super(message);
  }
}

interface Body {
  error?: { code: string; message: string };
}

const HEADERS = { "content-type": "application/json", "x-inboxdb": "1" };
/** Pauses before each new attempt, in ms. */
const RETRY_AFTER = [150, 500, 1500, 3000];

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch (failed) {
    if (init.signal?.aborted) throw failed;
    throw new ApiError("offline", String(failed));
  }
}

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as (T & Body) | null;
  if (body?.error) throw new ApiError(body.error.code, body.error.message, response.status);
  if (!response.ok || body === null)
    throw new ApiError(`http_${response.status}`, response.statusText, response.status);
  return body;
}

/** What may pass by itself: no answer, or a server that is busy or starting. */
const passes = (error: unknown) =>
  error instanceof ApiError && (error.code === "offline" || error.http === 429 || error.http >= 502);

async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (const wait of RETRY_AFTER) {
    try {
      return await attempt();
    } catch (error) {
      if (!passes(error)) throw error;
      await pause(wait);
    }
  }
  return attempt();
}

export async function getJson<T>(path: string): Promise<T> {
  return answer<T>(await send(path, { headers: { "x-inboxdb": "1" } }));
}

export async function postJson<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  return answer<T>(
    await send(path, { method: "POST", headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) }),
  );
}

/** Asks one question. */
export function query<T>(question: unknown): Promise<T> {
  return retried(() => postJson<T>("/v1/queries", question));
}

/** Asks many questions in one request. A question that is refused gives its error in its place. */
export async function queries<T>(questions: unknown[]): Promise<(T | ApiError)[]> {
  if (questions.length === 0) return [];
  const body = questions.map((question) => JSON.stringify(question)).join("\n") + "\n";
  const headers = { ...HEADERS, "content-type": "application/x-ndjson" };
  const text = await retried(async () => {
    const response = await send("/v1/queries", { method: "POST", headers, body });
    if (!response.ok) await answer(response);
    return response.text();
  });
  return lines<T>(text);
}

/** One answer per line; an error stands in its place. */
function lines<T>(text: string): (T | ApiError)[] {
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    const parsed = JSON.parse(line) as T & Body;
    return [parsed.error ? new ApiError(parsed.error.code, parsed.error.message) : parsed];
  });
}

/** Does one command, and again under the same key while no answer comes. */
export async function execute<T = Record<string, unknown>>(
  workspace: number,
  actor: Actor,
  command: Command,
  key = randomKey(),
): Promise<{ seq: number; ok: T }> {
  const envelope = { workspace, actor, do: command };
  return retried(() => postJson("/v1/commands", envelope, { "idempotency-key": key }));
}

/** Does a command that takes long, and tells how far it is. */
export async function executeWatched<T>(
  workspace: number,
  actor: Actor,
  command: Command,
  progress: (done: number, total: number | null) => void,
): Promise<T> {
  const headers = { ...HEADERS, accept: "application/x-ndjson", "idempotency-key": randomKey() };
  const body = JSON.stringify({ workspace, actor, do: command });
  return retried(async () => {
    const response = await send("/v1/commands", { method: "POST", headers, body });
    if (!response.ok || !response.body) return (await answer<{ ok: T }>(response)).ok;
    return lastLine<T>(response.body, progress);
  });
}

interface Line<T> extends Body {
  progress?: { done: number; total: number | null };
  ok?: T;
}

/** Reads lines of progress until the one with the result. Without one the answer was lost. */
async function lastLine<T>(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  progress: (done: number, total: number | null) => void,
): Promise<T> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch((failed: unknown) => {
      throw new ApiError("offline", String(failed));
    });
    const parts = (rest + (value ?? "")).split("\n");
    rest = done ? "" : (parts.pop() ?? "");
    for (const part of parts) {
      if (part === "") continue;
      const line = JSON.parse(part) as Line<T>;
      if (line.error) throw new ApiError(line.error.code, line.error.message, 200);
      if (line.progress) progress(line.progress.done, line.progress.total);
      else if (line.ok) return line.ok;
    }
    if (done) throw new ApiError("offline", "the answer broke off");
  }
}

/** Does many commands, each for itself and under a key of its own. */
export async function executeEach(
  workspace: number,
  actor: Actor,
  commands: Command[],
): Promise<({ seq: number } | ApiError)[]> {
  const envelopes = commands.map((command) => JSON.stringify({ workspace, actor, id: randomKey(), do: command }));
  const headers = { ...HEADERS, "content-type": "application/x-ndjson" };
  return retried(async () => {
    const response = await send("/v1/commands", { method: "POST", headers, body: envelopes.join("\n") + "\n" });
    if (!response.ok) await answer(response);
    return lines<{ seq: number }>(await response.text());
  });
}
