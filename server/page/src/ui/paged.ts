// A list that is loaded page by page when it is asked for more.
import { useEffect, useState } from "preact/hooks";
import { query } from "../api/http";

/** Loads the pages of a query; `key` names the list within its answer. A new `version` loads it again. */
export function usePaged<T>(question: (before: string | null) => unknown, key: string, version: unknown = 0) {
  const [items, setItems] = useState<T[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const load = async (before: string | null) => {
    const answer = await query<Record<string, unknown>>(question(before)).catch(() => null);
    if (!answer) return;
    const page = answer[key] as T[];
    setItems((known) => (before === null || !known ? page : [...known, ...page]));
    setNext((answer.next as string | null) ?? null);
  };
  useEffect(() => void load(null), [version]);
  return { items, more: next === null ? null : () => void load(next) };
}
