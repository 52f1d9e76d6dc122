// One Chromium for all tests of a file, and pages as managers.
import { chromium } from "playwright-core";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const executablePath = process.env.CHROMIUM ?? found;
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const artifacts = new URL("../../artifacts", import.meta.url).pathname;
mkdirSync(artifacts, { recursive: true });

export class Browser {
  static async launch() {
    const self = new Browser();
    const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    self.browser = await chromium.launch({ executablePath, args: [...QUIET, ...root] });
    return self;
  }

  /** A page in a browser of its own (a context). What goes wrong in it is kept in `page.faults`. */
  async open(url, options = {}) {
    const context = await this.browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: "en-US",
      ...options,
    });
    const page = await context.newPage();
    page.faults = [];
    page.on("pageerror", (error) => page.faults.push(error.message));
    page.on("console", (message) => {
      // A refused request is told by the browser too; what the page does about it is what the tests look at.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        page.faults.push(message.text());
    });
    page.setDefaultTimeout(10_000);
    await page.goto(url);
    return page;
  }

  /** The inbox of a manager, when its stream has begun. */
  async inbox(server, manager, { view = "all:open", query = "", base = server.url, ...options } = {}) {
    const page = await this.open(
      `${base}/?workspace=1&manager=${manager}&view=${encodeURIComponent(view)}${query}`,
      options,
    );
    await page.locator("[data-connection=live]").waitFor({ state: "attached" });
    return page;
  }

  async close() {
    await this.browser.close();
  }
}

/** The number of a view in the navigation, as a number. */
export async function number(page, view, status, scope = ".nav") {
  const text = await page
    .locator(`${scope} [data-view=${JSON.stringify(view)}][data-status=${status}]`)
    .first()
    .textContent();
  return Number(text.replace(/\D/g, ""));
}

/** Waits until a number of the page is this. */
export async function until(page, view, status, wanted, scope = ".nav") {
  await page.waitForFunction(
    ([scope, view, status, wanted]) => {
      const slot = [...document.querySelectorAll(`${scope} [data-status=${status}]`)].find(
        (one) => one.dataset.view === view,
      );
      return slot !== undefined && Number(slot.textContent.replace(/\D/g, "")) === wanted;
    },
    [scope, view, status, wanted],
  );
}

export const screenshot = (page, name) => page.screenshot({ path: join(artifacts, `${name}.png`) });

/** Opens the chat of a row. */
export async function openChat(page, chat) {
  await page.locator(`[data-chat="${chat}"] .row-open`).click();
  await page.locator(`.chat .head-status`, { hasText: `#${chat}` }).waitFor();
}
