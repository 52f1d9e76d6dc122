// Server-Sent Events over fetch: unlike `EventSource` it tells the HTTP status, and resumes where the caller says.

export interface SseMessage {
  id: string;
  data: string;
}

/** Splits a stream of text into messages. Comments and other fields are skipped. */
export class SseParser {
  private rest = "";
  private id = "";
  private data: string[] = [];

  push(chunk: string): SseMessage[] {
    const lines = (this.rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    const messages: SseMessage[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) messages.push({ id: this.id, data: this.data.join("\n") });
        this.data = [];
      } else this.field(line);
    }
    return messages;
  }

  private field(line: string) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name === "id") this.id = value;
  }
}

/** Reads the stream of an address until it ends. Rejects with the response if it is not a stream. */
export async function readSse(
  url: string,
  lastId: string | null,
  signal: AbortSignal,
  heard: () => void,
  see: (message: SseMessage) => void,
) {
  const headers: Record<string, string> = { accept: "text/event-stream", "x-inboxdb": "1" };
  if (lastId) headers["last-event-id"] = lastId;
  const response = await fetch(url, { headers, signal, cache: "no-store", credentials: "same-origin" });
  if (!response.ok || !response.body) throw response;
  const parser = new SseParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    parser.push(value).forEach(see);
  }
}
