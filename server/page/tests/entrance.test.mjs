// How one gets in: by choosing a manager on an open server, or with a token.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { spawnSync } from "node:child_process";
import { Browser } from "./support/browser.mjs";
import { Server, binary, smallInbox } from "./support/server.mjs";

let browser;
before(async () => (browser = await Browser.launch()));
after(() => browser?.close());

test("on an open server one chooses a manager", async () => {
  const server = await Server.start();
  await smallInbox(server);
  const page = await browser.open(server.url);
  await page.getByRole("link", { name: /Lin/ }).click();
  await page.waitForURL(/manager=9/);
  await page.locator("[data-connection=live]").waitFor({ state: "attached" });
  await page.locator(".nav .head-name", { hasText: "Lin" }).waitFor();
  await page.context().close();
  await server.stop();
});

test("with a secret one signs in with a token, and out", async () => {
  const secret = join(tmpdir(), `inboxdb-page-secret-${process.pid}`);
  await writeFile(secret, "0123456789abcdef0123456789abcdef\n", { mode: 0o600 });
  const token = (...who) => {
    const ran = spawnSync(binary, ["token", "--secret-file", secret, "--workspace", "1", ...who, "--expires", "1h"], {
      encoding: "utf8",
    });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout.trim();
  };
  const server = await Server.start({ options: ["--secret-file", secret] });
  const bearer = { authorization: `Bearer ${token("--system")}` };
  for (const [manager, name] of [
    [7, "Ada"],
    [9, "Lin"],
  ])
    assert.ok(
      (await server.post("/v1/commands", { do: { put_manager: { manager, name, role: "owner" } } }, bearer)).ok,
    );
  const page = await browser.open(server.url);
  const field = page.getByLabel("Token");
  await field.fill("not-a-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This token is not accepted.").waitFor();
  await field.fill(token("--manager", "7"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("[data-connection=live]").waitFor({ state: "attached" });
  await page.locator(".nav .head-name", { hasText: "Ada" }).waitFor();
  // The address cannot make one another person.
  await page.goto(`${server.url}/?workspace=1&manager=9`);
  await page.locator(".nav .head-name", { hasText: "Ada" }).waitFor();
  // The script of the page cannot read the cookie, and writes carry it.
  assert.equal(await page.evaluate(() => document.cookie), "");
  await page.getByRole("switch", { name: "Online" }).click();
  await page.waitForFunction(() => document.querySelector("[role=switch][aria-label=Online]").ariaChecked === "true");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  await page.context().close();
  await server.stop();
});

test("the language and the colours are chosen and remembered", async () => {
  const server = await Server.start();
  await smallInbox(server);
  const page = await browser.inbox(server, 7);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("radio", { name: "한국어" }).check({ force: true });
  await page.getByRole("radio", { name: "다크" }).check({ force: true });
  await page.reload();
  await page.getByRole("button", { name: "설정", exact: true }).waitFor();
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), [
    "ko",
    "dark",
  ]);
  await page.context().close();
  await server.stop();
});
