// The page as a whole.
import { words } from "../i18n";
import { openRow } from "../state/conversation";
import { chatId, pane } from "../state/route";
import { entrance } from "../state/session";
import { detailsShown } from "../state/details";
import { Conversation } from "./conversation";
import { Details } from "./details";
import { Dialogs } from "./dialogs";
import { Entrance } from "./entrance";
import { List } from "./list";
import { Nav } from "./nav";
import { PopoverHost } from "./popover";
import { Toasts } from "./toasts";

function Inbox() {
  const details = chatId.value !== null && openRow.value !== null;
  return (
    <div class={`app${details && detailsShown.value ? " with-details" : ""}`} data-shows={pane.value}>
      <a class="skip" href="#list-title">
        {words.value.skip}
      </a>
      <Nav />
      <List />
      <Conversation />
      {details && <Details />}
      {pane.value === "nav" && (
        <button type="button" class="scrim" aria-label={words.value.back} onClick={() => (pane.value = "list")} />
      )}
    </div>
  );
}

export function App() {
  return (
    <>
      {entrance.value.kind === "inside" ? <Inbox /> : <Entrance />}
      <PopoverHost />
      <Dialogs />
      <Toasts />
    </>
  );
}
