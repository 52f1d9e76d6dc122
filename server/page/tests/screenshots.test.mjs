// Pictures to look at: artifacts/*.png. The one of the README is made here too: INBOXDB_README_PICTURE=docs/page.png.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Browser, artifacts, screenshot } from "./support/browser.mjs";
import { Server } from "./support/server.mjs";

let browser, server;
before(async () => {
  browser = await Browser.launch();
  server = await Server.start({ chats: 3000 });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** An open chat with a bit of everything in it. */
async function story() {
  const { ids } = await server.query({ list: { workspace: 1, view: "assigned:3:open", limit: 1, ids: true } });
  const { customer } = await server.query({ show: { workspace: 1, chat: ids[0] } });
  const say = (actor, visibility, text, files) =>
    server.command(actor, { send_message: { chat: ids[0], visibility, text, ...(files && { files }) } });
  await server.command({ customer }, { track_event: { customer, name: "page_viewed", page: "/orders/645375" } });
  await say(
    { customer },
    "public",
    "Hi again! The new parcel arrived, but the lamp has a crack in the base. Photo: https://shop.example/orders/645375",
  );
  await say({ manager: 3 }, "internal", "@최서연 is this still under warranty?", [
    { name: "crack.jpg", url: "https://files.example/crack.jpg", media_type: "image/jpeg", bytes: 348_213 },
  ]);
  await say({ manager: 12 }, "internal", "네, 2027년 3월까지 보증 기간이에요. 새 제품으로 교환해 드리면 됩니다 🙂");
  await say(
    { manager: 3 },
    "public",
    "So sorry about that! It is under warranty: a new one leaves our warehouse today, and you can keep the old one.",
  );
  await server.command({ manager: 3 }, { tag: { chat: ids[0], tags: ["returns/warranty", "product/defect/crack"] } });
  await server.command(
    { manager: 3 },
    { set_description: { chat: ids[0], text: "Second replacement, be generous #fragile" } },
  );
  await server.command({ manager: 3 }, { favorite: { chat: ids[0] } });
  await say({ customer }, "public", "Wow, that was fast. Thank you so much!");
  return ids[0];
}

test("screenshots", async () => {
  const chat = await story();
  const shots = {
    light: { colorScheme: "light" },
    dark: { colorScheme: "dark" },
    korean: { locale: "ko-KR" },
    "korean-dark": { locale: "ko-KR", colorScheme: "dark" },
    laptop: { viewport: { width: 1180, height: 760 } },
    tablet: { viewport: { width: 820, height: 1080 } },
    narrow: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  };
  for (const [name, options] of Object.entries(shots)) {
    const page = await browser.inbox(server, 3, { view: "assigned:3:open", query: `&chat=${chat}`, ...options });
    await page.locator("[data-message]").last().waitFor();
    await page.waitForTimeout(300);
    await screenshot(page, name);
    if (name === "light" && process.env.INBOXDB_README_PICTURE)
      await copyFile(join(artifacts, "light.png"), process.env.INBOXDB_README_PICTURE);
    await page.goto(`${server.url}/?workspace=1&manager=3&view=all:open`);
    await page.locator(".row[data-chat]").nth(4).waitFor();
    await page.getByRole("checkbox").nth(3).click({ force: true });
    await page.waitForTimeout(300);
    await screenshot(page, `${name}-list`);
    await page.context().close();
  }
});
