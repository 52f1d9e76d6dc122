// A working day without a mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, until } from "./support/browser.mjs";
import { Server, smallInbox } from "./support/server.mjs";

let browser, server;
before(async () => {
  browser = await Browser.launch();
  server = await Server.start();
  await smallInbox(server, 8);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const show = (chat) => server.query({ show: { workspace: 1, chat } });
const focused = (page) =>
  page.evaluate(() => document.activeElement?.closest("[data-chat]")?.dataset.chat ?? document.activeElement?.tagName);

test("keys alone answer, tag, assign, snooze, close and select", async () => {
  const page = await browser.inbox(server, 7);
  const press = (...keys) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  await page.locator("[data-chat='8']").waitFor();
  await press("j");
  assert.equal(await focused(page), "8");
  await press("j", "j", "k");
  assert.equal(await focused(page), "7");
  await press("Enter");
  await page.locator(".chat .head-status", { hasText: "#7" }).waitFor();

  await press("r");
  await page.keyboard.type("On it!");
  await press("Enter");
  await page.locator(".message:not(.outgoing) .bubble", { hasText: "On it!" }).waitFor();
  await press("Escape", "i");
  await page.keyboard.type("regular customer");
  await press("Enter");
  await page.locator(".message.internal:not(.outgoing)").waitFor();
  await press("Escape");

  await press("t");
  await page.keyboard.type("vip");
  await press("Enter", "Escape");
  await page.locator(".chat-bar .chip", { hasText: "vip" }).waitFor();
  await press("a");
  await page.keyboard.type("lin");
  await press("Enter");
  await page.getByRole("button", { name: "Assignee: Lin" }).waitFor();
  await press("f");
  await until(page, "favorites:7", "any", 1);
  await press("s");
  await page.getByRole("dialog", { name: "Snooze" }).waitFor();
  await press("ArrowDown", "Enter");
  await page.locator(".chat .head-status", { hasText: "Snoozed until" }).waitFor();
  assert.deepEqual([(await show(7)).assignee, (await show(7)).tags, (await show(7)).status], [9, ["vip"], "snoozed"]);
  await press("e");
  await page.locator(".chat .head-status", { hasText: "Closed" }).waitFor();
  await press("e");
  await page.locator(".chat .head-status", { hasText: "Open" }).waitFor();
  await press("Escape");
  await page.getByText("Pick a chat").waitFor();

  await press("j", "x", "j", "x");
  await page.getByText("2 selected").waitFor();
  await press("e");
  await until(page, "all", "open", 6);
  await press("/");
  await page.keyboard.type("tag:vip");
  await press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".row[data-chat]").length === 1);
  await page.evaluate(() => document.activeElement.blur());
  await press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await press("Escape");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "detached" });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("Tab reaches everything in order, and the focus is always seen", async () => {
  const page = await browser.inbox(server, 7, { query: "&chat=1" });
  await page.locator("[data-message='1']").waitFor();
  const visited = [];
  for (let at = 0; at < 90; at++) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const shown =
        style.outlineStyle !== "none" ||
        getComputedStyle(element.parentElement).boxShadow !== "none" ||
        element.matches(".filter-input, .composer textarea, .segmented input");
      return {
        pane: element.closest("[data-pane]")?.dataset.pane ?? "page",
        name: element.getAttribute("aria-label") ?? (element.textContent || element.labels?.[0]?.textContent),
        shown,
      };
    });
    if (!here) break;
    visited.push(here);
  }
  const panes = visited.map((one) => one.pane).filter((pane, at, all) => pane !== all[at - 1]);
  assert.deepEqual(
    panes.filter((pane) => pane !== "page"),
    ["nav", "list", "chat", "details"],
  );
  for (const one of visited) assert.ok(one.name, JSON.stringify(one));
  assert.deepEqual(
    visited.filter((one) => !one.shown),
    [],
  );
  await page.context().close();
});
