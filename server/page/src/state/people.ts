// Managers, tags and the sidebar: what the navigation is made of.
import { computed, signal } from "@preact/signals";
import { queries } from "../api/http";
import type { Manager, ProfileField, Sidebar } from "../api/types";
import { ApiError } from "../api/http";
import { words } from "../i18n";
import { oneLine } from "../text/safe";
import { takeSidebar } from "./numbers";
import { current } from "./session";

/** All managers, also those who left: their names stay on what they wrote. */
export const managers = signal<Map<number, Manager>>(new Map());
export const sidebar = signal<Sidebar | null>(null);
export const profileFields = signal<ProfileField[]>([]);

export const present = computed(() => [...managers.value.values()].filter((manager) => !manager.removed));
export const tagPaths = computed(() => sidebar.value?.tags.map((tag) => tag.path) ?? []);
export const myself = computed(() => managers.value.get(current().manager) ?? null);

export const managerName = (id: number) => oneLine(managers.value.get(id)?.name ?? "") || words.value.formerManager(id);

let loading: Promise<void> | null = null;
let again = false;

/** Loads the sidebar and the people. Calls that come meanwhile load it once more. */
export function loadSidebar(): Promise<void> {
  if (loading) {
    again = true;
    return loading;
  }
  loading = load().finally(() => {
    loading = null;
    if (again) {
      again = false;
      void loadSidebar().catch(() => undefined);
    }
  });
  return loading;
}

async function load() {
  const { workspace, manager } = current();
  const [bar, people, fields] = await queries<unknown>([
    { sidebar: { workspace, manager } },
    { managers: { workspace, removed: true } },
    { profile_fields: { workspace } },
  ]);
  for (const answer of [bar, people, fields]) if (answer instanceof ApiError) throw answer;
  managers.value = new Map((people as { managers: Manager[] }).managers.map((one) => [one.manager, one]));
  profileFields.value = (fields as { fields: ProfileField[] }).fields;
  sidebar.value = bar as Sidebar;
  takeSidebar(bar as Sidebar);
}
