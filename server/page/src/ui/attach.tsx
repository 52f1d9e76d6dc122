// A form that attaches a file by its address. Files themselves are the host application's.
import { useState } from "preact/hooks";
import type { File } from "../api/types";
import { words } from "../i18n";
import { safeUrl } from "../text/safe";
import { closePopover } from "./popover";

/** The last part of an address, as people would write it. */
function fileName(href: string): string {
  const last = new URL(href).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

export function AttachForm({ attach }: { attach(file: File): void }) {
  const t = words.value;
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const href = safeUrl(url);
    if (!href) return;
    attach({
      name: name.trim() || fileName(href) || href,
      url: href,
      media_type: "application/octet-stream",
      bytes: 0,
    });
    closePopover();
  };
  return (
    <form class="form" onSubmit={submit}>
      <label>
        <span>{t.fileUrl}</span>
        <input
          type="url"
          required
          pattern="https?://.+"
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>{t.fileName}</span>
        <input type="text" maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        {t.attach}
      </button>
    </form>
  );
}
