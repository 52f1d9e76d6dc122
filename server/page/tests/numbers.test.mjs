// Numbers on the page are the engine's, and move by themselves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, number, until } from "./support/browser.mjs";
import { Server, smallInbox } from "./support/server.mjs";

let browser, server;
before(async () => {
  browser = await Browser.launch();
  server = await Server.start({ chats: 1500 });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const quoted = (name) => (/[\s:&|!()"]/u.test(name) ? JSON.stringify(name) : name);

/** Every number of a sidebar: view, status, value. */
function numbersOf(sidebar) {
  const me = sidebar.manager;
  const three = (view, counts) => ["open", "snoozed", "closed"].map((status) => [view, status, counts[status]]);
  return [
    ...three(`assigned:${me}`, sidebar.me),
    ["unassigned", "open", sidebar.unassigned.open],
    ["all", "open", sidebar.all.open],
    [`unread:${me}`, "any", sidebar.unread.chats],
    [`favorites:${me}`, "any", sidebar.favorites],
    [`sessions:${me}`, "open", sidebar.my_sessions.open],
    ...[...sidebar.operators, ...sidebar.others].map(({ manager, open }) => [`assigned:${manager}`, "open", open]),
    ...sidebar.tags.map(({ path, open }) => [`tag:${quoted(path)}`, "open", open]),
  ];
}

test("every number of the navigation is the engine's", async () => {
  const page = await browser.inbox(server, 3);
  await page.getByRole("button", { name: "Others", exact: true }).click();
  const wanted = numbersOf(await server.sidebar(3));
  assert.ok(wanted.length > 100);
  for (const [view, status, value] of wanted)
    assert.equal(await number(page, view, status), value, `${view}:${status}`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("the tabs and the list of a view are the engine's", async () => {
  const page = await browser.inbox(server, 3, { view: "tag:billing:closed" });
  for (const status of ["open", "snoozed", "closed"])
    await until(page, "tag:billing", status, await server.count(`tag:billing:${status}`), ".tabs");
  const { ids } = await server.query({ list: { workspace: 1, view: "tag:billing:closed", limit: 10, ids: true } });
  await page.locator(`[data-chat="${ids[9]}"]`).waitFor();
  const rows = await page
    .locator(".row[data-chat]")
    .evaluateAll((all) =>
      all.map((row) => [Number(row.ariaPosInSet ?? row.getAttribute("aria-posinset")), Number(row.dataset.chat)]),
    );
  rows.sort(([a], [b]) => a - b);
  assert.deepEqual(
    rows.slice(0, 10).map(([, id]) => id),
    ids,
  );
  await page.context().close();
});

test("a message over HTTP moves the numbers without a reload, in two browsers", async () => {
  const small = await Server.start();
  await smallInbox(small);
  const [ada, lin] = [await browser.inbox(small, 7), await browser.inbox(small, 9)];
  await ada.evaluate(() => (window.notReloaded = true));
  await ada.getByRole("button", { name: "Others", exact: true }).click();
  const [open, unread] = [await number(ada, "all", "open"), await number(ada, "unread:7", "any")];
  await small.command("system", { put_customer: { customer: 77, name: "Grace" } });
  const { chat } = await small.command({ customer: 77 }, { start_chat: { customer: 77 } });
  await small.command({ customer: 77 }, { send_message: { chat, visibility: "public", text: "Is anyone there?" } });
  for (const page of [ada, lin]) {
    await until(page, "all", "open", open + 1);
    await page.locator(`[data-chat="${chat}"]`, { hasText: "Is anyone there?" }).waitFor();
  }
  // Ada is an operator and has it unread; Lin is not.
  await until(ada, "unread:7", "any", unread + 1);
  await until(lin, "unread:9", "any", 0);
  // What one does, the other sees.
  await small.command({ manager: 9 }, { assign: { chat, manager: 9 } });
  await until(lin, "assigned:9", "open", 1);
  await until(ada, "assigned:9", "open", 1);
  assert.equal(await ada.evaluate(() => window.notReloaded), true);
  assert.deepEqual([...ada.faults, ...lin.faults], []);
  await small.stop();
});

test("how long a number takes to move", async (t) => {
  const small = await Server.start();
  await smallInbox(small, 3);
  const page = await browser.inbox(small, 7);
  const times = [];
  for (let round = 0; round < 40; round++) {
    const moved = page.evaluate(() => {
      const slot = document.querySelector(".nav [data-view=all][data-status=open]");
      const before = slot.textContent;
      return new Promise((done) => {
        const look = () => slot.textContent !== before && (observer.disconnect(), done(Date.now()));
        const observer = new MutationObserver(look);
        observer.observe(slot, { childList: true, characterData: true, subtree: true });
      });
    });
    await page.evaluate(() => 0);
    const began = Date.now();
    await small.command({ manager: 7 }, { [round % 2 ? "open" : "close"]: { chat: 1 } });
    times.push((await moved) - began);
  }
  times.sort((a, b) => a - b);
  t.diagnostic(`from the command to the number: median ${times[20]} ms, 95 % within ${times[38]} ms`);
  await small.stop();
});
