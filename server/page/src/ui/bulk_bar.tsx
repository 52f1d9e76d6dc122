// The actions on the selected chats.
import { bulk, bulkEach, running } from "../actions/bulk";
import type { Command } from "../api/types";
import { words } from "../i18n";
import { total } from "../state/list";
import { allMatching, clearSelection, selectAllMatching, selectedCount } from "../state/selection";
import { bulkMessageIsOpen } from "./dialogs";
import { Icon, type IconName } from "./icons";
import { ManagerPicker, SnoozeMenu, TagPicker } from "./menus";
import { IconButton } from "./parts";
import { Menu, openPopover, PopoverButton, type MenuItem } from "./popover";

/** Opens a picker where the menu was. */
function openAt(label: string, content: Parameters<typeof openPopover>[2]) {
  const anchor = document.querySelector(".bulk-bar [data-more] button");
  if (anchor) openPopover(anchor, label, content);
}

function more(): MenuItem[] {
  const t = words.value;
  const plain = (label: string, icon: IconName, action: Command): MenuItem => ({
    label,
    icon: <Icon name={icon} />,
    run: () => bulk(label, action),
  });
  const each = (label: string, icon: IconName, name: string): MenuItem => ({
    label,
    icon: <Icon name={icon} />,
    run: () => bulkEach(label, (chat) => ({ [name]: { chat } })),
  });
  const managers = (label: string, name: "follow" | "unfollow"): MenuItem => ({
    label: `${label}…`,
    icon: <Icon name="team" />,
    run: () =>
      openAt(label, () => (
        <ManagerPicker label={t.findManager} pick={(id) => bulk(label, { [name]: { managers: [id] } })} />
      )),
  });
  return [
    plain(t.markRead, "read", { mark_read: {} }),
    each(t.markUnread, "unread", "mark_unread"),
    each(t.favorite, "star", "favorite"),
    each(t.unfavorite, "star", "unfavorite"),
    {
      label: `${t.untag}…`,
      icon: <Icon name="tag" />,
      run: () =>
        openAt(t.untag, () => (
          <TagPicker label={t.findTag} pick={(path) => bulk(t.untag, { untag: { tags: [path] } })} />
        )),
    },
    plain(t.unassign, "unassigned", { unassign: {} }),
    managers(t.follow, "follow"),
    managers(t.unfollow, "unfollow"),
    { label: `${t.message}…`, icon: <Icon name="send" />, run: () => (bulkMessageIsOpen.value = true) },
    plain(t.leave, "back", { leave: {} }),
  ];
}

function Actions() {
  const t = words.value;
  return (
    <div class="bulk-actions">
      <PopoverButton
        label={t.assign}
        title={t.assign}
        hotkey="a"
        class="icon-button"
        content={() => (
          <ManagerPicker label={t.findManager} pick={(id) => bulk(t.assign, { assign: { manager: id } })} />
        )}
      >
        <Icon name="user" />
      </PopoverButton>
      <PopoverButton
        label={t.tag}
        hotkey="t"
        class="icon-button"
        content={() => <TagPicker label={t.findTag} pick={(path) => bulk(t.tag, { tag: { tags: [path] } })} />}
      >
        <Icon name="tag" />
      </PopoverButton>
      <PopoverButton
        label={t.snooze}
        hotkey="s"
        class="icon-button"
        content={() => <SnoozeMenu pick={(until) => bulk(t.snooze, { snooze: { until } })} />}
      >
        <Icon name="clock" />
      </PopoverButton>
      <IconButton icon="reopen" label={t.reopen} onClick={() => bulk(t.reopen, { open: {} })} />
      <span data-more>
        <PopoverButton label={t.more} class="icon-button" content={() => <Menu items={more()} />}>
          <Icon name="more" />
        </PopoverButton>
      </span>
      <button
        type="button"
        class="button primary"
        data-hotkey="e"
        aria-keyshortcuts="e"
        onClick={() => bulk(t.close, { close: {} })}
      >
        <Icon name="close" />
        {t.close}
      </button>
    </div>
  );
}

function Progress() {
  const t = words.value;
  const now = running.value;
  if (!now) return null;
  return (
    <div class="bulk-progress">
      <span>{now.label}</span>
      <progress max={now.total} value={now.done} aria-label={now.label} />
      <span class="faint">{t.applying(now.done, now.total)}</span>
    </div>
  );
}

export function BulkBar() {
  const t = words.value;
  const count = selectedCount.value;
  if (running.value)
    return (
      <div class="bulk-bar" role="region" aria-label={t.bulk}>
        <Progress />
      </div>
    );
  if (count === 0) return null;
  const mayAll = !allMatching.value && total.value > 1;
  return (
    <div class="bulk-bar" role="region" aria-label={t.bulk}>
      <div class="bulk-head">
        <strong>{allMatching.value ? t.allMatching(count) : t.selected(count)}</strong>
        {mayAll && (
          <button type="button" class="link" onClick={selectAllMatching}>
            {t.selectMatching(total.value)}
          </button>
        )}
        <IconButton icon="x" label={t.clearSelection} onClick={clearSelection} />
      </div>
      <Actions />
    </div>
  );
}
