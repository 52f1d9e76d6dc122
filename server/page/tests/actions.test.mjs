// What managers do all day, with the mouse.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Browser, number, openChat, until } from "./support/browser.mjs";
import { Server, smallInbox } from "./support/server.mjs";

let browser, server, page;
before(async () => (browser = await Browser.launch()));
after(() => browser?.close());
beforeEach(async () => {
  server = await Server.start();
  await smallInbox(server, 8);
  page = await browser.inbox(server, 7);
});
afterEach(async () => {
  const { faults } = page;
  await page.context().close();
  await server.stop();
  assert.deepEqual(faults, []);
});

const button = (name, scope = page) => scope.getByRole("button", { name, exact: true });
const bulkBar = () => page.getByRole("region", { name: "Actions on the selection" });
const show = (chat) => server.query({ show: { workspace: 1, chat } });

test("all that match are selected and closed", async () => {
  await server.command({ manager: 7 }, { close: { chat: 8 } });
  await until(page, "all", "open", 7);
  await page.locator("[data-chat='3']").hover();
  await page.getByRole("checkbox", { name: "Select the chat with Customer 3" }).check();
  await button("Select all 7 chats that match", bulkBar()).click();
  await button("Close", bulkBar()).click();
  await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
  await until(page, "all", "open", 0);
  await page.getByText("All caught up").waitFor();
  assert.equal(await server.count("all:closed"), 8);
  await page.getByText("7 chats changed").waitFor();
});

test("a range is selected with shift, and tagged", async () => {
  const check = (customer) => page.getByRole("checkbox", { name: `Select the chat with Customer ${customer}` });
  await check(6).click({ force: true });
  await check(3).click({ force: true, modifiers: ["Shift"] });
  await bulkBar().getByText("4 selected").waitFor();
  await button("Tag", bulkBar()).click();
  await page.getByRole("combobox", { name: "Find a tag" }).fill("refund");
  await page.getByRole("option", { name: "billing/refund" }).click();
  await until(page, "tag:billing/refund", "open", 4);
  await until(page, "tag:billing", "open", 4);
  for (const chat of [3, 4, 5, 6]) assert.deepEqual((await show(chat)).tags, ["billing/refund"]);
});

test("what a bulk refuses is reported with its reason", async () => {
  await server.command({ manager: 7 }, { assign: { chat: 2, manager: 9 } });
  for (const customer of [1, 2])
    await page.getByRole("checkbox", { name: `Select the chat with Customer ${customer}` }).click({ force: true });
  await button("More actions", bulkBar()).click();
  await page.getByRole("button", { name: "Unfollow…" }).click();
  await page.getByRole("option", { name: "Lin" }).click();
  const report = page.getByRole("dialog", { name: "1 chat refused" });
  await report.getByText("assignee_must_follow").waitFor();
  await report.getByRole("button", { name: "#2" }).click();
  await page.locator(".chat .head-status", { hasText: "#2" }).waitFor();
});

test("a chat is snoozed for two seconds and comes back", async () => {
  await openChat(page, 4);
  await button("Snooze").click();
  const until2 = new Date(Date.now() + 3_000);
  const local = new Date(until2.getTime() - until2.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  await page.getByLabel("Exact time").fill(local);
  await page.getByRole("dialog", { name: "Snooze" }).getByRole("button", { name: "Snooze", exact: true }).click();
  await until(page, "all", "open", 7);
  await page.locator("[data-chat='4']").waitFor({ state: "detached" });
  await until(page, "all", "open", 8);
  await page.locator("[data-chat='4']").waitFor();
  assert.equal((await show(4)).status, "open");
});

test("favorites are kept per manager", async () => {
  await openChat(page, 5);
  await button("Add to favorites").click();
  await until(page, "favorites:7", "any", 1);
  assert.deepEqual((await show(5)).favorited_by, [7]);
  await page.locator(".nav-item", { hasText: "Favorites" }).click();
  await page.locator("[data-chat='5']").waitFor();
  await button("Remove from favorites").click();
  await until(page, "favorites:7", "any", 0);
  await page.locator("[data-chat='5']").waitFor({ state: "detached" });
});

test("folding of tags is remembered", async () => {
  await button("Fold billing").click();
  await page.locator("[data-view='tag:billing/refund']").waitFor({ state: "detached" });
  await page.reload();
  await button("Unfold billing").waitFor();
  assert.equal(await page.locator("[data-view='tag:billing/refund']").count(), 0);
  await button("Unfold billing").click();
  await page.locator(".nav [data-view='tag:billing/refund']").waitFor();
});

test("the operator switch changes who receives what", async () => {
  const mode = page.getByRole("switch", { name: "Operator mode" });
  assert.equal(await mode.getAttribute("aria-checked"), "true");
  const sessions = await number(page, "sessions:7", "open");
  assert.equal(sessions, 8);
  await mode.click();
  await until(page, "sessions:7", "open", 0);
  await page.waitForFunction(
    () => document.querySelector("[role=switch][aria-label='Operator mode']").ariaChecked === "false",
  );
  assert.equal((await server.sidebar(7)).operators.length, 0);
  await page.getByRole("switch", { name: "Online" }).click();
  await page.waitForFunction(() => document.querySelector("[role=switch][aria-label=Online]").ariaChecked === "true");
  assert.equal((await server.query({ manager: { workspace: 1, manager: 7 } })).online, true);
});

test("messages are sent, noted, edited and removed", async () => {
  await openChat(page, 1);
  await page.getByRole("textbox", { name: "Reply to Customer 1" }).fill("Hello, how can we help?");
  await page.keyboard.press("Enter");
  await page.locator(".message:not(.outgoing) .bubble", { hasText: "how can we help" }).waitFor();
  await page.getByRole("radio", { name: "Internal note" }).check({ force: true });
  await page.getByRole("textbox", { name: "Internal note" }).pressSequentially("@Li");
  await page.getByRole("option", { name: "Lin" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type("can you look?");
  await page.keyboard.press("Enter");
  await page.locator(".message.internal .mention", { hasText: "@Lin" }).waitFor();
  const mentioned = await server.query({ notifications: { workspace: 1, manager: 9 } });
  assert.equal(mentioned.notifications.at(-1).kind, "mentioned");

  const own = page.locator("[data-message='2']");
  await own.hover();
  await button("Edit", own).click();
  await page.getByRole("textbox", { name: "Edit" }).fill("Hello! How can we help?");
  await button("Save", own).click();
  await own.getByText("(edited)").waitFor();
  await own.hover();
  await button("Remove", own).click();
  await page.getByRole("dialog", { name: "Remove" }).getByRole("button", { name: "Remove" }).click();
  await own.getByText("This message was removed").waitFor();
  assert.equal((await server.query({ message: { workspace: 1, chat: 1, message: 2 } })).redacted, true);
});

test("older messages load upward, and the reader stays where they are", async () => {
  for (let at = 2; at <= 130; at++)
    await server.command(
      { customer: 2 },
      { send_message: { chat: 2, visibility: "public", text: `line ${at}\nmore` } },
    );
  await openChat(page, 2);
  await page.locator("[data-message='130']").waitFor();
  const box = page.locator(".messages");
  for (let round = 0; round < 20 && (await page.getByText("The conversation starts here").count()) === 0; round++) {
    await box.evaluate((element) => (element.scrollTop = 0));
    await page.waitForTimeout(150);
  }
  await page.getByText("The conversation starts here").waitFor();
  assert.equal(await page.locator("[data-message]").count(), 130);
  // Scrolled away from the end, what comes in does not move the text.
  await box.evaluate((element) => (element.scrollTop = 200));
  const before = await page.locator("[data-message='5']").boundingBox();
  await server.command({ customer: 2 }, { send_message: { chat: 2, visibility: "public", text: "one more" } });
  await page.locator("[data-message='131']").waitFor();
  assert.equal((await page.locator("[data-message='5']").boundingBox()).y, before.y);
});

test("a chat is assigned, as recommended or by name, and described", async () => {
  await openChat(page, 6);
  await page.getByRole("button", { name: "Assignee: Unassigned" }).click();
  await page.getByText("Recommended", { exact: true }).waitFor();
  await page.getByRole("option", { name: /^Lin/ }).last().click();
  await page.getByRole("button", { name: "Assignee: Lin" }).waitFor();
  assert.equal((await show(6)).assignee, 9);
  await page.getByRole("button", { name: "Add a description" }).click();
  await page.getByRole("textbox", { name: "Description" }).fill("waits #urgent");
  await button("Save").click();
  await button("#urgent").click();
  await page.locator("[data-chat='6']").waitFor();
  assert.equal(await server.count("hashtag:urgent"), 1);
});

test("a filter of several views is applied, and a wrong one explained", async () => {
  await server.command({ manager: 7 }, { tag: { chat: 2, tags: ["vip"] } });
  const box = page.getByRole("textbox", { name: "Filter" });
  await box.fill("all:open & !tag:vip");
  await box.press("Enter");
  await page.locator("[data-chat='2']").waitFor({ state: "detached" });
  assert.equal(await page.locator(".row[data-chat]").count(), 7);
  await box.fill("all & (");
  await box.press("Enter");
  await page.getByText("This filter cannot be read.").waitFor();
});
