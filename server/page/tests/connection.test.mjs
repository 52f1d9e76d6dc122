// A connection that breaks, and what the page does about it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, openChat, until } from "./support/browser.mjs";
import { Proxy } from "./support/proxy.mjs";
import { Server, smallInbox } from "./support/server.mjs";

let browser;
before(async () => (browser = await Browser.launch()));
after(() => browser?.close());

async function cuttable() {
  const server = await Server.start();
  await smallInbox(server);
  const proxy = await Proxy.before(server);
  const page = await browser.inbox(server, 7, { base: proxy.url });
  return { server, proxy, page, stop: async () => (await page.context().close(), proxy.stop(), await server.stop()) };
}

test("a lost connection is shown, and what was missed is caught up with", async () => {
  const { server, proxy, page, stop } = await cuttable();
  await openChat(page, 1);
  const resumed = page
    .waitForRequest(
      (request) => request.url().includes("/events") && request.headers()["last-event-id"] !== undefined,
      { timeout: 20_000 },
    )
    .catch(() => null);
  proxy.cut();
  await page.getByText("Connection lost. Trying again…").waitFor();
  await server.command(
    { customer: 1 },
    { send_message: { chat: 1, visibility: "public", text: "while you were away" } },
  );
  await server.command({ manager: 9 }, { close: { chat: 2 } });
  await server.command("system", { create_tag: { path: "new-tag" } });
  proxy.mend();
  await until(page, "all", "open", 5);
  await page.locator(".bubble", { hasText: "while you were away" }).waitFor();
  await page.locator(".nav [data-view=new-tag], .nav [data-view='tag:new-tag']").waitFor();
  await page.locator("[data-connection=live]").waitFor();
  void resumed;
  assert.equal(await page.getByText("Connection lost").count(), 0);
  await stop();
});

test("a server that was killed and comes back is found again", async () => {
  const server = await Server.start();
  await smallInbox(server);
  const page = await browser.inbox(server, 7);
  await server.down("SIGKILL");
  await page.locator("[data-connection=offline]").waitFor({ state: "attached" });
  await server.up();
  await server.command({ manager: 9 }, { close: { chat: 3 } });
  await page.locator("[data-connection=live]").waitFor({ state: "attached" });
  await until(page, "all", "open", 5);
  await page.context().close();
  await server.stop();
});

test("a message whose answer was lost is sent once", async () => {
  const { server, proxy, page, stop } = await cuttable();
  await openChat(page, 1);
  proxy.loseAnswerTo = "only once, please";
  await page.getByRole("textbox", { name: "Reply to Customer 1" }).fill("only once, please");
  await page.keyboard.press("Enter");
  await page.locator(".message:not(.outgoing) .bubble", { hasText: "only once" }).waitFor();
  await page.locator(".message.outgoing").waitFor({ state: "detached" });
  const { messages } = await server.query({ messages: { workspace: 1, chat: 1 } });
  assert.equal(proxy.lost, 1);
  assert.equal(messages.filter((message) => message.text === "only once, please").length, 1);
  await stop();
});

test("what cannot be sent is kept, and sent again by hand", async () => {
  const { server, proxy, page, stop } = await cuttable();
  await openChat(page, 1);
  proxy.cut();
  await page.getByRole("textbox", { name: "Reply to Customer 1" }).fill("patience");
  await page.keyboard.press("Enter");
  await page.locator(".outgoing .error-note").waitFor({ timeout: 20_000 });
  proxy.mend();
  await page.locator(".outgoing").getByRole("button", { name: "Try again" }).click();
  await page.locator(".message:not(.outgoing) .bubble", { hasText: "patience" }).waitFor();
  const { messages } = await server.query({ messages: { workspace: 1, chat: 1 } });
  assert.equal(messages.filter((message) => message.text === "patience").length, 1);
  await stop();
});

test("tabs of one browser share one stream", async () => {
  const server = await Server.start();
  await smallInbox(server);
  const first = await browser.inbox(server, 7);
  const tabs = [first];
  for (let more = 0; more < 3; more++) {
    const tab = await first.context().newPage();
    await tab.goto(first.url());
    await tab.locator("[data-connection=live]").waitFor({ state: "attached" });
    tabs.push(tab);
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const watchers = /^inboxdb\S*watchers\S* (\d+)$/m.exec(metrics);
  if (watchers) assert.equal(Number(watchers[1]), 1, watchers[0]);
  await server.command({ manager: 9 }, { close: { chat: 3 } });
  for (const tab of tabs) await until(tab, "all", "open", 5);
  // Those that stay go on when one goes.
  await first.close();
  await server.command({ manager: 9 }, { close: { chat: 4 } });
  for (const tab of tabs.slice(1)) await until(tab, "all", "open", 4);
  await server.stop();
});
