// Short messages at the edge of the page, and the one live region of the screen reader.
import { signal } from "@preact/signals";
import { ApiError } from "../api/http";
import { words } from "../i18n";

export interface Toast {
  id: number;
  tone: "info" | "error";
  text: string;
  /** A second line, such as the code of a refusal. */
  note?: string;
  action?: { label: string; run(): void };
}

const INFO_MS = 5_000;
const ERROR_MS = 10_000;
const SHOWN_MAX = 3;

export const toasts = signal<Toast[]>([]);
let next = 1;

export function dismiss(id: number) {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function tell(text: string, more: Partial<Omit<Toast, "id" | "text">> = {}) {
  const toast: Toast = { id: next++, tone: "info", text, ...more };
  toasts.value = [...toasts.value.filter((other) => other.text !== text), toast].slice(-SHOWN_MAX);
  setTimeout(() => dismiss(toast.id), toast.tone === "error" ? ERROR_MS : INFO_MS);
}

/** What a code means, in the words of the page. */
export const explain = (code: string) => words.value.codes[code] ?? words.value.unknownError;

/** Tells what went wrong, with the code. */
export function complain(error: unknown) {
  const code = error instanceof ApiError ? error.code : "page";
  if (!(error instanceof ApiError)) console.error(error);
  tell(explain(code), { tone: "error", note: code });
}

/** Runs something and tells if it fails. Answers whether it worked. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}
