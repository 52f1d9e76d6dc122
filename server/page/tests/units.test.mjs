// The small modules by themselves: texts, views, the parser of the stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

/** A module of the source, built for node. */
async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../src/${path}`, import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

test("control characters are shown, and what reorders is dropped", async () => {
  const { visible, oneLine, safeUrl } = await load("text/safe.ts");
  assert.equal(visible("a\u0000\u001b\u007fb"), "a␀␛␡b");
  assert.equal(visible("\u202eabc\u2069\ufeff"), "abc");
  assert.equal(visible("x\u0085y\ud800z"), "x\ufffdy\ufffdz");
  assert.equal(visible("👩‍👩‍👧 ok\r\nnext\tcell"), "👩‍👩‍👧 ok\nnext\tcell");
  assert.equal(oneLine("  a\n\n b "), "a b");
  assert.equal(safeUrl("javascript:alert(1)"), null);
  assert.equal(safeUrl("//evil.example"), null);
  assert.equal(safeUrl("https://a.example/x y"), "https://a.example/x%20y");
});

test("links, mentions and hashtags are found", async () => {
  const { pieces, hashtags } = await load("text/pieces.ts");
  const kinds = (list) => list.map(({ kind, text }) => (kind === "text" ? text : `${kind}:${text}`));
  assert.deepEqual(kinds(pieces("see https://a.example/x(1), or http://b.example.", [])), [
    "see ",
    "link:https://a.example/x(1)",
    ", or ",
    "link:http://b.example",
    ".",
  ]);
  assert.deepEqual(kinds(pieces("주소는 https://a.example/길 입니다", [])), [
    "주소는 ",
    "link:https://a.example/길",
    " 입니다",
  ]);
  assert.deepEqual(kinds(pieces("@Lin Park, @Lin and @김민준님", ["Lin", "Lin Park", "김민준"])), [
    "mention:@Lin Park",
    ", ",
    "mention:@Lin",
    " and ",
    "mention:@김민준",
    "님",
  ]);
  assert.deepEqual(kinds(hashtags("a #vip, ##x #환불")), [
    "a ",
    "hashtag:#vip",
    ", #",
    "hashtag:#x",
    " ",
    "hashtag:#환불",
  ]);
});

test("views are written as the engine writes them", async () => {
  const { tagView, splitStatus, filterText, isSingleView } = await load("text/view.ts");
  assert.equal(tagView("billing/refund"), "tag:billing/refund");
  assert.equal(tagView("q&a"), 'tag:"q&a"');
  assert.equal(tagView("open"), 'tag:"open"');
  assert.deepEqual(splitStatus("tag:billing:closed"), { view: "tag:billing", status: "closed" });
  assert.deepEqual(splitStatus('tag:"open"'), { view: 'tag:"open"', status: null });
  assert.equal(filterText({ view: "all", filter: "a | b", status: "open" }), "(a | b) & all:open");
  assert.ok(isSingleView("assigned:7") && isSingleView('tag:"q&a"') && !isSingleView("all & all"));
});

test("a stream is cut anywhere, and read whole", async () => {
  const { SseParser } = await load("api/sse.ts");
  const stream = ': hi\n\nid: 1-2\nevent: change\ndata: {"a":\ndata: 1}\n\nid: 1-3\r\ndata:x\r\n\r\ndata: y\n\n';
  const wanted = [
    { id: "1-2", data: '{"a":\n1}' },
    { id: "1-3", data: "x" },
    { id: "1-3", data: "y" },
  ];
  for (let size = 1; size <= stream.length; size++) {
    const parser = new SseParser();
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
    assert.deepEqual(found, wanted, `pieces of ${size}`);
  }
});
