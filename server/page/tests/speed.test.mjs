// How light and fast the page is. Sizes and what is drawn are checked; times are only told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./support/browser.mjs";
import { Server } from "./support/server.mjs";

const CHATS = Number(process.env.INBOXDB_PAGE_CHATS ?? 20_000);
const COMPRESSED_MAX = 120 * 1024;

let browser, server;
before(async () => {
  browser = await Browser.launch();
  server = await Server.start({ chats: CHATS });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("all of the page is below 120 KB compressed", async (t) => {
  let sum = 0;
  for (const path of ["/", "/app.js", "/style.css", "/feed.js", "/icon.svg"]) {
    const response = await fetch(server.url + path, { headers: { "accept-encoding": "gzip" } });
    assert.equal(response.status, 200, path);
    const length = Number(response.headers.get("content-length"));
    sum += length || (await response.arrayBuffer()).byteLength;
  }
  t.diagnostic(`${(sum / 1024).toFixed(1)} KB`);
  assert.ok(sum < COMPRESSED_MAX, String(sum));
});

test("first paint", async (t) => {
  const times = [];
  for (let round = 0; round < 5; round++) {
    const page = await browser.inbox(server, 3);
    await page.locator(".row[data-chat]").first().waitFor();
    times.push(
      await page.evaluate(() => ({
        paint:
          performance.getEntriesByName("first-contentful-paint")[0]?.startTime ??
          performance.getEntriesByName("first-paint")[0]?.startTime,
        ready: performance.now(),
      })),
    );
    await page.context().close();
  }
  const median = (of) =>
    times
      .map(of)
      .sort((a, b) => a - b)[2]
      .toFixed(0);
  t.diagnostic(
    `first paint ${median((one) => one.paint)} ms, chats shown ${median((one) => one.ready)} ms (medians of 5 new browsers)`,
  );
});

test("a long list scrolls from end to end, and draws only what is seen", async (t) => {
  const page = await browser.inbox(server, 3, { view: "all" });
  await page.locator(".row[data-chat]").first().waitFor();
  const rows = page.locator(".rows");
  const frames = await rows.evaluate(async (element) => {
    const times = [];
    let last = performance.now();
    for (let frame = 0; frame < 240; frame++) {
      element.scrollTop += 400;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  });
  t.diagnostic(
    `240 frames of scrolling: median ${frames[120].toFixed(1)} ms, 99 % within ${frames[237].toFixed(1)} ms`,
  );
  assert.ok((await page.locator(".row").count()) < 60);

  const began = Date.now();
  await rows.evaluate((element) => (element.scrollTop = element.scrollHeight));
  const { ids } = await server.query({ list: { workspace: 1, view: "all", order: "oldest", limit: 1, ids: true } });
  await page.locator(`[data-chat="${ids[0]}"]`).waitFor({ timeout: 60_000 });
  t.diagnostic(`${CHATS} chats: from there to the very last one in ${Date.now() - began} ms`);
  assert.equal(await page.locator(`[data-chat="${ids[0]}"]`).getAttribute("aria-posinset"), String(CHATS));
  // No chat is missing or twice: in the middle the rows are the engine's, in its order.
  await rows.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
  await page.waitForFunction(
    () => document.querySelector(".row.skeleton") === null && document.querySelectorAll(".row").length > 8,
  );
  const seen = await page
    .locator(".row[data-chat]")
    .evaluateAll((all) =>
      all.map((row) => [Number(row.getAttribute("aria-posinset")), Number(row.dataset.chat)]).sort(([a], [b]) => a - b),
    );
  const wanted = await idsFrom(seen[0][0] - 1, seen.length);
  assert.deepEqual(
    seen.map(([, id]) => id),
    wanted,
  );
  await page.context().close();
});

/** Ids of the whole list at a place, read page by page. */
async function idsFrom(skip, count) {
  const all = [];
  let before = null;
  do {
    const page = await server.query({ list: { workspace: 1, view: "all", limit: 1000, ids: true, before } });
    all.push(...page.ids);
    before = page.next;
  } while (before && all.length < skip + count);
  return all.slice(skip, skip + count);
}

test("the list stays where it is read while chats come in", async () => {
  const page = await browser.inbox(server, 3);
  await page.locator(".row[data-chat]").first().waitFor();
  const rows = page.locator(".rows");
  await rows.evaluate((element) => (element.scrollTop = 840));
  const id = await page.locator(".row[data-chat]").nth(12).getAttribute("data-chat");
  const before = await page.locator(`[data-chat="${id}"]`).boundingBox();
  for (let customer = 1; customer <= 3; customer++) {
    const { chat } = await server.command({ customer }, { start_chat: { customer } });
    await server.command({ customer }, { send_message: { chat, visibility: "public", text: "new" } });
  }
  const total = await server.count("all:open");
  await page.waitForFunction(
    (total) => document.querySelector(".list-total").textContent.replace(/\D/g, "") === String(total),
    total,
  );
  assert.equal((await page.locator(`[data-chat="${id}"]`).boundingBox()).y, before.y);
  await page.context().close();
});
