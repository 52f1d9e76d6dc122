// Whether the details stand beside the conversation.
import { pane } from "./route";
import { stored } from "./stored";

export const detailsShown = stored("details", true);

/** On a wide page the details stand beside the conversation; on a narrow one they take its place. */
export function toggleDetails() {
  if (matchMedia("(max-width: 82rem)").matches) pane.value = pane.value === "details" ? "chat" : "details";
  else detailsShown.value = !detailsShown.value;
}
