// How fast a file may go: the rules of the Go side's pace (backend/chat/pace.go),
// which says why.

/** What the connection leaves. */
export interface Supply {
  /** bit/s of picture and sound; 0 is not known. */
  available: number;
  /** The picture is smaller than it would be on a better connection. */
  wanting: boolean;
}

/** What a browser tells of it; Firefox tells nothing. */
export function supplyOf(report: RTCStatsReport): Supply {
  const supply: Supply = { available: 0, wanting: false };
  report.forEach((s: RTCStats & Record<string, unknown>) => {
    const rate = s['availableOutgoingBitrate'];
    if (s.type === 'candidate-pair' && s['nominated'] === true && typeof rate === 'number')
      supply.available = rate;
    if (s.type === 'outbound-rtp' && s['qualityLimitationReason'] === 'bandwidth')
      supply.wanting = true;
  });
  return supply;
}

// bit/s
const firstRate = 256_000;
const leastRate = 32_000;
const mostRate = 400_000_000;
const step = 8_000;

// ms
const calm = 15;
const early = 5;
const drain = 80;
const between = 30;
const baseSpan = 15_000;
const keptFor = 5_000;
const slack = 60;
const yieldAfter = 1_000;
const catchUp = 12; // a browser's timers are coarse

const kept = 4; // round trips; the least of them is not noise

// parts
const least = 0.5;
const ramp = 0.25;
const creep = 0.01;
const near = 0.7;
const beyond = 1.25;
const shareOf = 0.12;
const yieldTo = 0.7;

// bytes
export const largestPiece = 16 << 10;
const leastPiece = 1100;
const leastWindow = 12 << 10;
const mostWindow = 512 << 10;

const bounded = (least: number, n: number, most: number) => Math.max(least, Math.min(n, most));

export class Pace {
  #rate = firstRate;
  #wanting = false;
  #share = leastRate;
  /** Last; and before the picture began to want. */
  #yielded: number | undefined;
  /** bit/s that were too much. */
  #knee: number | undefined;
  #recent: number[] = [];
  /** The least round trip of this span, and of the last one. */
  #base: [number, number] = [Infinity, Infinity];
  #turned: number;
  #changed: number;
  /** Bytes since then, and how often. */
  #came = 0;
  #heard = 0;
  #next: number;

  /** All times are in ms. */
  constructor(now: number) {
    this.#turned = this.#changed = this.#next = now;
  }

  /** bit/s */
  get rate(): number {
    return this.#rate;
  }

  get piece(): number {
    return Math.floor(bounded(leastPiece, (this.#rate * 0.004) / 8, largestPiece));
  }

  get window(): number {
    return bounded(leastWindow, ((this.#rate / 8) * (this.#way + slack)) / 1000, mostWindow);
  }

  wait(now: number): number {
    return Math.max(0, this.#next - now);
  }

  sent(bytes: number, now: number): void {
    this.#next = Math.max(this.#next, now - catchUp) + (bytes * 8000) / this.#rate;
  }

  /** So many bytes arrived, of which the last piece was sent then. */
  acked(bytes: number, sent: number, busy: boolean, now: number): void {
    this.#measure(now - sent, now);
    this.#came += bytes;
    this.#heard++;
    const since = now - this.#changed;
    if (since < between || this.#heard < kept) return;
    const carried = (this.#came * 8000) / since;
    const queued = this.#queued;
    if (queued > calm || (queued > early && this.#knee === undefined)) {
      this.#knee = carried;
      const over = Math.max(queued - calm, calm / 2) / drain;
      this.#set(Math.min(this.#rate, carried * Math.max(least, 1 - over)), now);
    } else if (sent < this.#changed)
      return; // it tells of the rate before
    else if (!busy) this.#set(this.#rate, now);
    else {
      if (this.#rate > beyond * (this.#knee ?? 0)) this.#knee = undefined;
      const by = this.#rate > near * (this.#knee ?? Infinity) ? creep : ramp;
      this.#set(this.#rate + Math.max(step, by * this.#rate) * (1 - queued / calm), now);
    }
  }

  /** What was learned is of a time that is long over. */
  old(now: number): boolean {
    return now - this.#changed > keptFor;
  }

  supplied({ available, wanting }: Supply, now: number): void {
    this.#share = Math.max(leastRate, shareOf * available);
    this.#wanting = wanting && available > 0;
    const began = this.#yielded;
    if (this.#wanting && began !== undefined && now - began <= yieldAfter) return;
    this.#yielded = now;
    if (!this.#wanting) return;
    const to = began === undefined ? 0 : this.#rate * yieldTo;
    this.#set(Math.min(this.#rate, Math.max(this.#share, to)), now);
  }

  #measure(rtt: number, now: number): void {
    this.#recent = [...this.#recent, rtt].slice(-kept);
    if (now - this.#turned > baseSpan) {
      this.#base = [Infinity, this.#base[0]];
      this.#turned = now;
    }
    this.#base[0] = Math.min(this.#base[0], rtt);
  }

  get #queued(): number {
    return Math.min(...this.#recent) - this.#way;
  }

  /** The round trip without queues; 0 before there is any. */
  get #way(): number {
    const way = Math.min(...this.#base);
    return way < Infinity ? way : 0;
  }

  #set(rate: number, now: number): void {
    const most = this.#wanting ? Math.max(this.#rate, this.#share) : mostRate;
    this.#rate = Math.min(most, Math.max(leastRate, rate));
    this.#changed = now;
    this.#came = this.#heard = 0;
  }
}
