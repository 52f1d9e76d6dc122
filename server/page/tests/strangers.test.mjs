// Markup, bidirectional overrides and control characters in every text that strangers or colleagues can set.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, screenshot } from "./support/browser.mjs";
import { Server } from "./support/server.mjs";

const MARKUP = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const BIDI = "\u202Egnp.eciovni\u2066evil";
const CONTROLS = "a\u0007b\u001b[31mc\u0085d\u200be\u2028f";
const LONG = "W".repeat(200);
const TEXTS = [MARKUP, BIDI, CONTROLS, "שלום עולם: 123", "z̷̡̛͎̪͈̀̈́͊̕a̸lgo", LONG];

let browser, server;
before(async () => {
  browser = await Browser.launch();
  server = await Server.start();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Everything that has a text, with a text of each kind. */
async function fill() {
  const system = (command) => server.command("system", command);
  const name = (text) => text.slice(0, 200);
  await system({ put_manager: { manager: 1, name: name(MARKUP), role: "owner" } });
  for (const [at, text] of TEXTS.entries())
    await system({ put_manager: { manager: at + 2, name: name(text), role: "member" } });
  await system({ set_operator: { manager: 1, on: true } });
  await system({
    set_profile_fields: { fields: TEXTS.map((text, at) => ({ key: `k${at}`, label: name(text), shown: true })) },
  });
  const tags = [`<b>bold</b>`.replaceAll(" ", ""), "\u202Egnp", "שלום", "q&a"].map((tag) => tag.replace("/", "-"));
  for (const path of tags) await system({ create_tag: { path } });
  for (const [at, text] of TEXTS.entries()) {
    const customer = at + 1;
    const profile = Object.fromEntries(TEXTS.map((value, key) => [`k${key}`, value]));
    await system({ put_customer: { customer, name: name(text), profile } });
    await server.command(
      { customer },
      { track_event: { customer, name: name(text), page: name(MARKUP), properties: { [name(MARKUP)]: text } } },
    );
    const { chat } = await server.command({ customer }, { start_chat: { customer } });
    for (const one of TEXTS)
      await server.command({ customer }, { send_message: { chat, visibility: "public", text: one } });
    const files = [
      { name: text, url: "javascript:window.hacked=1", media_type: "text/html", bytes: 3 },
      { name: text, url: "https://files.example/a?b=<c>", media_type: text.slice(0, 90), bytes: 1e9 },
    ];
    await server.command(
      { manager: 1 },
      {
        send_message: {
          chat,
          visibility: "internal",
          text: `javascript:alert(1) https://example.org/${encodeURIComponent(text)} @${name(MARKUP)}`,
          files,
        },
      },
    );
    await server.command({ manager: 1 }, { tag: { chat, tags } });
    await server.command({ manager: 1 }, { set_description: { chat, text: `${text} #vip` } });
    await server.command({ manager: 1 }, { set_attribute: { chat, key: name(MARKUP).slice(0, 100), value: text } });
    await server.command({ manager: 1 }, { assign: { chat, manager: customer + 1 } });
  }
}

test("no text of strangers is more than text", async () => {
  await fill();
  const page = await browser.inbox(server, 1);
  page.on("dialog", () => assert.fail("a dialog opened"));
  for (let chat = 1; chat <= TEXTS.length; chat++) {
    await page.goto(`${server.url}/?workspace=1&manager=1&view=all:open&chat=${chat}`);
    await page.locator(".message.internal").first().waitFor();
    await page.locator(".panel .file").first().waitFor();
    await page.locator(".facts dd").first().waitFor();
    const found = await page.evaluate(() => {
      const all = [...document.querySelectorAll("*")];
      const text = document.body.textContent;
      return {
        hacked: window.hacked,
        elements: all.filter(
          (one) =>
            ["IMG", "SCRIPT", "IFRAME", "B"].includes(one.tagName) && one.closest("#root") && !one.closest(".skeleton"),
        ).length,
        hrefs: [...document.querySelectorAll("#root a[href]")]
          .filter((a) => !a.matches(".skip"))
          .map((a) => [a.protocol, a.rel]),
        overrides: /[\u202a-\u202e\u2066-\u2069]/.test(text),
        controls: /[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text),
        wide: document.documentElement.scrollWidth > innerWidth,
        loose: [
          ...document.querySelectorAll(".bubble, .row-name, .row-preview > bdi, .message-author, .head-name bdi"),
        ].filter((one) => one.dir !== "auto").length,
      };
    });
    assert.deepEqual(
      { ...found, hrefs: 0 },
      { hacked: undefined, elements: 0, hrefs: 0, overrides: false, controls: false, wide: false, loose: 0 },
      `chat ${chat}`,
    );
    assert.ok(found.hrefs.length > 0);
    for (const [protocol, rel] of found.hrefs) assert.ok(protocol === "https:" && rel.includes("noopener"), protocol);
  }
  await page.locator(".bubble", { hasText: "␇" }).first().waitFor();
  await screenshot(page, "strangers");
  await page.keyboard.press("a");
  await page.getByRole("option").first().waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("the policy forbids what is not the page's own", async () => {
  const response = await fetch(server.url);
  const policy = response.headers.get("content-security-policy");
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.doesNotMatch(await response.text(), /<script>|<style|style=|onload=/);
});
