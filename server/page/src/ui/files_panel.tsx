// The files and links of a chat, newest first.
import type { File } from "../api/types";
import { words } from "../i18n";
import { changes } from "../state/live";
import { current } from "../state/session";
import { oneLine, safeUrl } from "../text/safe";
import { FileLink } from "./message";
import { usePaged } from "./paged";

export function FilesAndLinks({ chat }: { chat: number }) {
  const t = words.value;
  const { workspace } = current();
  const files = usePaged<File & { message: number }>(
    (before) => ({ files: { workspace, chat, limit: 5, before } }),
    "files",
    changes.value,
  );
  const links = usePaged<{ message: number; url: string }>(
    (before) => ({ links: { workspace, chat, limit: 5, before } }),
    "links",
    changes.value,
  );
  if (files.items?.length === 0 && links.items?.length === 0) return <p class="empty-note">{t.noFiles}</p>;
  return (
    <ul class="plain">
      {(files.items ?? []).map((file, at) => (
        <li key={`f${at}`}>
          <FileLink file={file} />
        </li>
      ))}
      {files.more && (
        <li>
          <button type="button" class="link" onClick={files.more}>
            {t.loadMore}
          </button>
        </li>
      )}
      {(links.items ?? []).map(({ url }, at) => {
        const href = safeUrl(url);
        return href ? (
          <li key={`l${at}`} class="line">
            <a class="grow cut" href={href} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
              {oneLine(url)}
            </a>
          </li>
        ) : null;
      })}
      {links.more && (
        <li>
          <button type="button" class="link" onClick={links.more}>
            {t.loadMore}
          </button>
        </li>
      )}
    </ul>
  );
}
