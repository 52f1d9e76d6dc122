// What is being written, per chat, as long as the tab lives.
import { useState } from "preact/hooks";
import type { File, Visibility } from "../api/types";

export interface Draft {
  text: string;
  visibility: Visibility;
  files: File[];
}

const EMPTY: Draft = { text: "", visibility: "public", files: [] };
const drafts = new Map<number, Draft>();

export const draftOf = (chat: number) => drafts.get(chat) ?? EMPTY;

/** The draft of a chat, and a function that changes parts of it. */
export function useDraft(chat: number): [Draft, (change: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(draftOf(chat));
  const change = (part: Partial<Draft>) => {
    const next = { ...draftOf(chat), ...part };
    drafts.set(chat, next);
    setDraft(next);
  };
  return [draft, change];
}
