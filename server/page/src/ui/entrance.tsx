// Before the inbox: choosing a manager on an open server, or signing in with a token.
import { useEffect, useState } from "preact/hooks";
import { query } from "../api/http";
import type { Manager } from "../api/types";
import { words } from "../i18n";
import { entrance, signIn } from "../state/session";
import { complain } from "../state/toasts";
import { Icon } from "./icons";
import { Avatar, Text } from "./parts";

function Choose({ workspace }: { workspace: number }) {
  const t = words.value;
  const [people, setPeople] = useState<Manager[] | null>(null);
  const [others, setOthers] = useState<number[]>([]);
  useEffect(() => {
    query<{ managers: Manager[] }>({ managers: { workspace } }).then((answer) => setPeople(answer.managers), complain);
    query<{ workspaces: number[] }>({ workspaces: {} }).then(
      (answer) => setOthers(answer.workspaces),
      () => undefined,
    );
  }, [workspace]);
  return (
    <div class="card">
      <Icon name="inbox" />
      <h1>{t.chooseManager}</h1>
      <p class="faint">{t.chooseManagerText}</p>
      {others.length > 1 && (
        <nav class="tags" aria-label={t.workspace(workspace)}>
          {others.map((id) => (
            <a key={id} class="chip" href={`/?workspace=${id}`} aria-current={id === workspace ? "page" : undefined}>
              {t.workspace(id)}
            </a>
          ))}
        </nav>
      )}
      {people?.length === 0 && <p class="empty-note">{t.noManagers}</p>}
      <ul class="plain people" aria-label={t.chooseManager}>
        {(people ?? []).map((one) => (
          <li key={one.manager}>
            <a href={`/?workspace=${workspace}&manager=${one.manager}`}>
              <Avatar name={one.name} seed={`m${one.manager}`} online={one.online} />
              <span class="grow">
                <Text>{one.name}</Text>
              </span>
              <span class="faint">{one.operator ? t.operators : t.role[one.role]}</span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function SignIn({ wrong }: { wrong?: "token" | "manager" }) {
  const t = words.value;
  const [token, setToken] = useState("");
  return (
    <form class="card form" onSubmit={(event) => (event.preventDefault(), void signIn(token).catch(complain))}>
      <Icon name="inbox" />
      <h1>{t.signIn}</h1>
      <p class="faint">{t.signInText}</p>
      <label>
        <span>{t.token}</span>
        <input
          type="password"
          autocomplete="off"
          required
          aria-invalid={wrong !== undefined}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {wrong && (
        <p class="error-note" role="alert">
          {wrong === "manager" ? t.notManager : t.wrongToken}
        </p>
      )}
      <button type="submit" class="button primary">
        {t.signIn}
      </button>
    </form>
  );
}

export function Entrance() {
  const at = entrance.value;
  if (at.kind === "choose")
    return (
      <main class="entrance">
        <Choose workspace={at.workspace} />
      </main>
    );
  if (at.kind === "token")
    return (
      <main class="entrance">
        <SignIn wrong={at.wrong} />
      </main>
    );
  return null;
}
