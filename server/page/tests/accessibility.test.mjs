// axe-core in every state of the page, large text, and narrow screens.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Browser, openChat } from "./support/browser.mjs";
import { Server } from "./support/server.mjs";

let browser, server, axe;
before(async () => {
  browser = await Browser.launch();
  server = await Server.start({ chats: 600 });
  axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What axe finds that is serious or critical. */
async function serious(page) {
  // Evaluated by the debugger, so that the page's policy stands.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return found.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.target} ${node.failureSummary}`),
  );
}

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["Korean", { locale: "ko-KR" }],
  ["narrow", { viewport: { width: 390, height: 800 } }],
])
  test(`axe finds nothing serious: ${name}`, async () => {
    const page = await browser.inbox(server, 3, { ...options, query: "" });
    await page.locator(".row[data-chat]").first().waitFor();
    assert.deepEqual(await serious(page), []);
    await page.locator(".row[data-chat] .row-open").first().click();
    await page.locator("[data-message]").first().waitFor();
    assert.deepEqual(await serious(page), []);
    for (const key of ["a", "t", "s", "?", "i"]) {
      await page.keyboard.press(key);
      await page.waitForTimeout(250);
      assert.deepEqual(await serious(page), [], key);
      await page.keyboard.press("Escape");
    }
    await page.context().close();
  });

test("axe finds nothing serious: selection, filter errors, the chooser", async () => {
  const page = await browser.inbox(server, 3);
  await page
    .getByRole("checkbox", { name: /Select the chat with/ })
    .first()
    .click({ force: true });
  assert.deepEqual(await serious(page), []);
  await page.goto(`${server.url}/?workspace=1&manager=3&filter=all%20%26`);
  await page.getByText("This filter cannot be read.").waitFor();
  assert.deepEqual(await serious(page), []);
  await page.goto(`${server.url}/`);
  await page.getByRole("link", { name: /Mina Park/ }).waitFor();
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test("at 200 % nothing is cut off, and everything can be done", async () => {
  // What a browser of 1280 × 800 shows at 200 %.
  const page = await browser.inbox(server, 3, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  assert.ok(await fits());
  await page.getByRole("button", { name: "Open the navigation" }).click();
  await page.locator(".nav-item", { hasText: "Closed" }).click();
  const row = page.locator(".row[data-chat]").first();
  const chat = await row.getAttribute("data-chat");
  await openChat(page, chat);
  assert.ok(await fits());
  await page.getByRole("button", { name: "Open again" }).click();
  await page.locator(".chat .head-status", { hasText: "Open" }).waitFor();
  const composer = await page.locator(".composer textarea").boundingBox();
  assert.ok(composer.y + composer.height <= 400 && composer.height > 20, JSON.stringify(composer));
  await page.getByRole("button", { name: "Details", exact: true }).click();
  await page.getByText("Profile").waitFor();
  await page.getByRole("button", { name: "Close the details" }).click();
  await page.getByRole("button", { name: "Back to the list" }).click();
  await row.waitFor();
  await page.context().close();
});

test("text twice as large keeps every pane in use", async () => {
  const page = await browser.inbox(server, 3, { viewport: { width: 1280, height: 800 } });
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "32px"));
  await page.locator(".row[data-chat]").first().waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.context().close();
});

test("nothing moves where motion is not wanted", async () => {
  const page = await browser.inbox(server, 3, { reducedMotion: "reduce" });
  await page.keyboard.press("?");
  const durations = await page.evaluate(() =>
    document.getAnimations().map((one) => one.effect.getComputedTiming().duration),
  );
  assert.ok(
    durations.every((ms) => ms < 1),
    String(durations),
  );
  await page.context().close();
});
