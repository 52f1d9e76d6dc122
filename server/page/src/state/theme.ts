// Light, dark, or as the system has it.
import { effect } from "@preact/signals";
import { language } from "../i18n";
import { stored } from "./stored";

export type Theme = "system" | "light" | "dark";
export const theme = stored<Theme>("theme", "system");

export function startTheme() {
  effect(() => {
    const root = document.documentElement;
    if (theme.value === "system") delete root.dataset.theme;
    else root.dataset.theme = theme.value;
    root.lang = language.value;
  });
}
