// The beginning: who is here, then the inbox.
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { ApiError } from "./api/http";
import { startKeys } from "./actions/keys";
import { words } from "./i18n";
import { loadConversation } from "./state/conversation";
import { startLive } from "./state/live";
import { numbersOf } from "./state/numbers";
import { loadSidebar } from "./state/people";
import { chatId, startRoute } from "./state/route";
import { startSelection } from "./state/selection";
import { begin, entrance, session } from "./state/session";
import { startTheme } from "./state/theme";
import { attempt } from "./state/toasts";
import { App } from "./ui/app";

let started = false;

/** The address names a manager who is not there: the visitor chooses another. */
function chooseAgain(error: unknown) {
  if (!(error instanceof ApiError) || error.code !== "unknown_manager" || !session.value?.open) throw error;
  location.assign(`/?workspace=${session.value.workspace}`);
}

/** Runs once there is a session. */
function start() {
  started = true;
  startRoute();
  void attempt(() => loadSidebar().catch(chooseAgain));
  startLive();
  startSelection();
  startKeys();
  effect(() => {
    void chatId.value;
    untracked(() => void loadConversation());
  });
  effect(() => {
    const unread = numbersOf(`unread:${session.value?.manager ?? 0}`).value.any ?? 0;
    document.title = unread > 0 ? `(${unread}) ${words.value.inbox}` : words.value.inbox;
  });
}

startTheme();
effect(() => {
  if (entrance.value.kind !== "inside") return;
  if (!started) untracked(start);
});
const root = document.getElementById("root");
void begin().then(() => {
  if (!root) return;
  root.replaceChildren();
  render(<App />, root);
});
