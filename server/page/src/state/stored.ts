// Signals that the browser remembers. Private windows may refuse storage; then they last as long as the tab.
import { effect, signal, type Signal } from "@preact/signals";

export function stored<T>(name: string, initial: T): Signal<T> {
  const key = `inboxdb.${name}`;
  let value = initial;
  try {
    const text = localStorage.getItem(key);
    if (text !== null) value = JSON.parse(text) as T;
  } catch {
    // Unreadable: the initial value will do.
  }
  const state = signal(value);
  let first = true;
  effect(() => {
    const text = JSON.stringify(state.value);
    if (first) return void (first = false);
    try {
      localStorage.setItem(key, text);
    } catch {
      // Full or refused.
    }
  });
  return state;
}
