// The room server's protocol for browsers that refuse its WebSocket: those of
// iPhones do so when the user has accepted the certificate by hand, though they
// load the page and what it fetches. https://bugs.webkit.org/show_bug.cgi?id=145819
// The server's messages are the lines of one long response; ours are requests.
// To a Connection it looks like a WebSocket.

/** More than a line of the server's can have. */
const maxLine = 512 << 10;

export class StreamSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;

  readonly #url: string;
  readonly #abort = new AbortController();
  #begun = false;
  #seat: { room: unknown; token: unknown } | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(url: string) {
    this.#url = url.replace(/^ws/, 'http');
    queueMicrotask(() => {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string): void {
    if (!this.#begun) {
      this.#begun = true;
      void this.#listen(text).then(() => this.#end());
      return;
    }
    if (!this.#seat) return;
    const message = JSON.parse(text) as object;
    const body = JSON.stringify({ ...message, ...this.#seat });
    if ('type' in message && message.type === 'leave') {
      // The page may be closing: keepalive lets this one through.
      void this.#post(body, true);
      return;
    }
    this.#last = this.#last.then(() => this.#post(body, false)); // one after the other
  }

  close(): void {
    this.readyState = 3;
    this.#abort.abort();
  }

  async #post(body: string, keepalive: boolean): Promise<void> {
    if (this.readyState === 3) return;
    try {
      const signal = keepalive ? null : this.#abort.signal;
      const response = await fetch(`${this.#url}/send`, {
        method: 'POST',
        body,
        keepalive,
        signal,
      });
      if (!response.ok) this.#end();
    } catch {
      this.#end();
    }
  }

  async #listen(hello: string): Promise<void> {
    try {
      const { signal } = this.#abort;
      const response = await fetch(`${this.#url}/stream`, { method: 'POST', body: hello, signal });
      const reader = response.ok ? response.body?.getReader() : undefined;
      if (!reader) return;
      const decoder = new TextDecoder();
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > maxLine) return;
        for (const line of lines) if (line.trim() !== '') this.#hear(line);
      }
    } catch {
      // It broke: whoever listens tries again.
    }
  }

  #hear(line: string): void {
    if (this.readyState === 3) return;
    if (!this.#seat) {
      try {
        const { room, token } = JSON.parse(line) as { room?: unknown; token?: unknown };
        this.#seat = { room, token };
      } catch {
        // The Connection says what is wrong with it.
      }
    }
    this.onmessage?.({ data: line });
  }

  #end(): void {
    if (this.readyState === 3) return;
    this.close();
    this.onclose?.();
  }
}
