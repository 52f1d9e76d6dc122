// The rows that are seen, of a list of any length. All rows are of one height, so that the place of each is known.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { words } from "../i18n";
import { trim, want } from "../state/chats";
import { cursor, reveal } from "../state/cursor";
import { generation, ids, isShown, need, SHOWN_MAX, total, visibleIds } from "../state/list";
import { ChatRow } from "./row";

/** As `--row-height` in list.css, in rem. */
const ROW_REM = 5.25;
const OVERSCAN = 6;
/** How many rows ahead ids are loaded. */
const AHEAD = 200;

const rowHeight = () => ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);

interface Window {
  top: number;
  height: number;
}

/** Keeps what is read where it is when chats come in above it. At the top new chats are to be seen. */
function useAnchor(box: { current: HTMLDivElement | null }, list: number[], height: number, at: number) {
  const before = useRef<{ list: number[]; generation: number }>({ list, generation: at });
  useLayoutEffect(() => {
    const old = before.current;
    before.current = { list, generation: at };
    const element = box.current;
    if (!element) return;
    if (old.generation !== at) return void (element.scrollTop = 0);
    if (old.list === list || element.scrollTop < height) return;
    const first = old.list[Math.floor(element.scrollTop / height)];
    const now = first === undefined ? -1 : list.indexOf(first);
    const moved = now - Math.floor(element.scrollTop / height);
    if (now >= 0 && moved !== 0) element.scrollTop += moved * height;
  }, [list, at]);
}

export function VirtualRows({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<Window>({ top: 0, height: 800 });
  const height = rowHeight();
  const list = ids.value;
  const count = Math.min(Math.max(total.value, list.length), SHOWN_MAX);
  const from = Math.max(0, Math.floor(seen.top / height) - OVERSCAN);
  const to = Math.min(count, Math.ceil((seen.top + seen.height) / height) + OVERSCAN);
  useAnchor(box, list, height, generation.value);

  const measure = () => {
    const element = box.current;
    if (element) setSeen({ top: element.scrollTop, height: element.clientHeight });
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const shownIds = list.slice(from, to);
    visibleIds.value = new Set(shownIds);
    want(shownIds);
    trim(isShown);
    if (to > list.length || list.length - to < AHEAD) void need(Math.min(to + AHEAD, count));
  }, [list, from, to, count]);

  const wanted = reveal.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !wanted) return;
    const top = wanted.index * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight)
      element.scrollTop = top + height - element.clientHeight;
    measure();
  }, [wanted]);
  const focused = useRef<unknown>(null);
  useEffect(() => {
    // Once per key: later the focus may be elsewhere.
    if (!wanted?.focus || focused.current === wanted) return;
    focused.current = wanted;
    box.current?.querySelector<HTMLElement>(`[data-chat="${cursor.peek()}"] .row-open`)?.focus({ preventScroll: true });
  }, [wanted, from]);

  const rows = [];
  for (let at = from; at < to; at++) {
    const id = list[at];
    rows.push(<ChatRow key={id ?? `empty-${at}`} id={id ?? null} index={at} count={count} top={at * height} />);
  }
  return (
    <div class="rows" ref={box} onScroll={measure} tabIndex={-1}>
      {children}
      {count > 0 && (
        <ul aria-label={words.value.chats} class="rows-inner" style={{ height: `${count * height}px` }}>
          {rows}
        </ul>
      )}
    </div>
  );
}
