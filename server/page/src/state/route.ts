// What the address names: the view, the status, the filter and the chat. Back and forward work.
import { batch, computed, signal } from "@preact/signals";
import { filterText, isSingleView, splitStatus, type Shown } from "../text/view";
import { current } from "./session";

export const shown = signal<Shown>({ view: "all", filter: null, status: "open" });
export const chatId = signal<number | null>(null);
/** On a narrow screen one pane is seen at a time. */
export const pane = signal<"nav" | "list" | "chat" | "details">("list");

export const filter = computed(() => filterText(shown.value));
/** The view whose numbers the tabs of the list show, if it is one that can be watched. */
export const watchedView = computed(() => (shown.value.filter ? null : shown.value.view));

function read() {
  const address = new URLSearchParams(location.search);
  const { view, status } = splitStatus(address.get("view") ?? `assigned:${current().manager}:open`);
  const chat = Number(address.get("chat"));
  batch(() => {
    shown.value = isSingleView(view)
      ? { view, filter: address.get("filter"), status }
      : { view: "all", filter: view, status };
    chatId.value = Number.isSafeInteger(chat) && chat > 0 ? chat : null;
    pane.value = chatId.value ? "chat" : "list";
  });
}

function write(push: boolean) {
  const { workspace, manager, open } = current();
  const { view, filter, status } = shown.value;
  const address = new URLSearchParams();
  if (open) {
    address.set("workspace", String(workspace));
    address.set("manager", String(manager));
  }
  address.set("view", status ? `${view}:${status}` : view);
  if (filter) address.set("filter", filter);
  if (chatId.value) address.set("chat", String(chatId.value));
  // Colons and commas may stand in a query as they are: the address stays readable.
  const url = `?${address.toString().replaceAll("%3A", ":").replaceAll("%2F", "/")}`;
  if (url === location.search) return;
  if (push) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

export function startRoute() {
  read();
  write(false);
  addEventListener("popstate", read);
}

/** Shows a list. */
export function go(to: Partial<Shown>) {
  batch(() => {
    shown.value = { ...shown.value, filter: null, ...to };
    pane.value = "list";
  });
  write(true);
}

/** Opens a chat, or closes it with null. */
export function openChat(id: number | null) {
  batch(() => {
    pane.value = id === null ? "list" : "chat";
    chatId.value = id;
  });
  write(true);
}
