// Short messages at the edge. They are the page's one live region; errors speak at once.
import { connection } from "../feed/client";
import { words } from "../i18n";
import { dismiss, toasts } from "../state/toasts";
import { oneLine } from "../text/safe";
import { IconButton } from "./parts";

export function Toasts() {
  const t = words.value;
  return (
    <>
      <div class="connection-bar" role="status">
        {connection.value === "offline" && <p>{t.offline}</p>}
      </div>
      <div class="toasts" role="status" aria-live="polite">
        {toasts.value.map((toast) => (
          <div key={toast.id} class={`toast ${toast.tone}`} role={toast.tone === "error" ? "alert" : undefined}>
            <p class="grow" dir="auto">
              {oneLine(toast.text)}
              {toast.note && <code>{toast.note}</code>}
            </p>
            {toast.action && (
              <button type="button" class="link" onClick={() => (dismiss(toast.id), toast.action?.run())}>
                {toast.action.label}
              </button>
            )}
            <IconButton icon="x" label={t.dismiss} onClick={() => dismiss(toast.id)} />
          </div>
        ))}
      </div>
    </>
  );
}
