/** Takes a code's fields; past its end it fails and gives zeros. */
export class Reader {
  failed = false;

  constructor(public rest: Uint8Array) {}

  take(n: number): Uint8Array {
    if (n > this.rest.length) {
      this.failed = true;
      return new Uint8Array(n);
    }
    const taken = this.rest.subarray(0, n);
    this.rest = this.rest.subarray(n);
    return taken;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** n bytes as lower-case hexadecimal. */
  hex(n: number): string {
    return Array.from(this.take(n), (b) => b.toString(16).padStart(2, '0')).join('');
  }

  uuid(): string {
    return this.hex(16).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  }
}

export function appendHex(b: number[], digits: string): void {
  for (let i = 0; i < digits.length; i += 2) b.push(parseInt(digits.slice(i, i + 2), 16));
}
