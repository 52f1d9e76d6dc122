// Which workspace and manager the page shows, and whether the visitor may choose.
import { signal } from "@preact/signals";
import { ApiError, getJson, postJson } from "../api/http";
import type { Actor, Command } from "../api/types";
import { execute } from "../api/http";

export interface Session {
  workspace: number;
  manager: number;
  /** The server has no secret: anyone on this machine may choose a manager. */
  open: boolean;
}

export type Entrance =
  | { kind: "loading" }
  | { kind: "token"; wrong?: "token" | "manager" }
  | { kind: "choose"; workspace: number }
  | { kind: "inside" };

interface Answer {
  workspace?: number | null;
  actor?: Actor | null;
  open?: boolean;
}

export const entrance = signal<Entrance>({ kind: "loading" });
export const session = signal<Session | null>(null);

/** The session; only for code that runs inside. */
export function current(): Session {
  if (!session.value) throw new Error("no session yet");
  return session.value;
}

export const actor = (): Actor => ({ manager: current().manager });

/** Does a command as the manager of the session. */
export const act = <T>(command: Command) => execute<T>(current().workspace, actor(), command);

function enter(workspace: number, manager: number, open: boolean) {
  session.value = { workspace, manager, open };
  entrance.value = { kind: "inside" };
}

function positive(text: string | null): number | null {
  const number = Number(text);
  return text && Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** Decides how the visitor gets in: by the cookie, by the address, by choosing, or by a token. */
export async function begin() {
  const address = new URLSearchParams(location.search);
  try {
    const answer = await getJson<Answer>("/v1/session");
    if (answer.open) {
      const workspace = positive(address.get("workspace")) ?? 1;
      const manager = positive(address.get("manager"));
      if (manager) enter(workspace, manager, true);
      else entrance.value = { kind: "choose", workspace };
    } else if (answer.actor && typeof answer.actor === "object" && "manager" in answer.actor && answer.workspace) {
      enter(answer.workspace, answer.actor.manager, false);
    } else entrance.value = { kind: "token", wrong: answer.actor ? "manager" : undefined };
  } catch (error) {
    if (error instanceof ApiError && (error.http === 401 || error.http === 403)) entrance.value = { kind: "token" };
    else setTimeout(begin, 1000);
  }
}

/** Trades a token for a cookie. */
export async function signIn(token: string) {
  try {
    await postJson("/v1/session", { token: token.trim() });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === "offline") throw error;
    entrance.value = { kind: "token", wrong: "token" };
    return;
  }
  await begin();
}

export async function signOut() {
  await fetch("/v1/session", { method: "DELETE", headers: { "x-inboxdb": "1" } }).catch(() => null);
  location.assign("/");
}

/** Asks for a token again: the one that was used has ended. */
export function ended() {
  if (session.value && !session.value.open) {
    session.value = null;
    entrance.value = { kind: "token", wrong: "token" };
  }
}
