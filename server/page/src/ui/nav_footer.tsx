// The foot of the navigation: the manager's own switches, the connection, and the settings.
import { LANGUAGES, language, words, type Language } from "../i18n";
import { setMine } from "../actions/chat";
import { connection } from "../feed/client";
import { myself } from "../state/people";
import { session, signOut } from "../state/session";
import { theme, type Theme } from "../state/theme";
import { helpIsOpen } from "./dialogs";
import { Icon } from "./icons";
import { Segmented, Switch } from "./parts";
import { closePopover, Menu, PopoverButton } from "./popover";

const THEMES: Theme[] = ["system", "light", "dark"];

function Settings() {
  const t = words.value;
  const leave = session.value?.open
    ? {
        label: t.switchManager,
        icon: <Icon name="swap" />,
        run: () => location.assign(`/?workspace=${session.value?.workspace ?? 1}`),
      }
    : { label: t.signOut, icon: <Icon name="back" />, run: () => void signOut() };
  return (
    <div class="settings">
      <h3>{t.theme}</h3>
      <Segmented
        label={t.theme}
        value={theme.value}
        options={THEMES.map((value) => ({ value, label: t.themes[value] }))}
        onChange={(value) => (theme.value = value)}
      />
      <h3>{t.language}</h3>
      <Segmented
        label={t.language}
        value={language.value}
        options={(Object.keys(LANGUAGES) as Language[]).map((value) => ({
          value,
          label: <span lang={value}>{LANGUAGES[value]}</span>,
        }))}
        onChange={(value) => (language.value = value)}
      />
      <Menu
        items={[
          {
            label: t.help,
            icon: <Icon name="keyboard" />,
            run: () => (closePopover(false), (helpIsOpen.value = true)),
          },
          leave,
        ]}
      />
    </div>
  );
}

export function NavFooter() {
  const t = words.value;
  const me = myself.value;
  const state = connection.value;
  const label = state === "live" ? t.live : state === "connecting" ? t.connecting : t.offlineShort;
  return (
    <footer class="nav-foot">
      <Switch
        on={me?.online ?? false}
        label={t.online}
        disabled={!me}
        onChange={(on) => void setMine("set_online", on)}
      />
      <Switch
        on={me?.operator ?? false}
        label={t.operatorMode}
        hint={t.operatorHint}
        disabled={!me}
        onChange={(on) => void setMine("set_operator", on)}
      />
      <div class="foot-row">
        <span class={`connection ${state}`} data-connection={state}>
          <i aria-hidden="true" />
          {label}
        </span>
        <PopoverButton label={t.settings} class="button quiet" content={() => <Settings />}>
          {t.settings}
        </PopoverButton>
      </div>
    </footer>
  );
}
