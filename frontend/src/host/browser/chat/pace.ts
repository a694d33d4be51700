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
const shareOf = 0.12;

// ms
const calm = 15;
const crowded = 35;
const baseSpan = 15_000;
const catchUp = 12; // a browser's timers are coarse

// bytes
export const largestPiece = 16 << 10;
const leastPiece = 1100;
const leastWindow = 12 << 10;
const mostWindow = 512 << 10;

const bounded = (least: number, n: number, most: number) => Math.max(least, Math.min(n, most));

export class Pace {
  #rate = firstRate;
  #supply: Supply = { available: 0, wanting: false };
  /** bit/s that were too much. */
  #knee = Infinity;
  #recent: number[] = [];
  /** The least round trip of this span, and of the last one. */
  #base: [number, number] = [Infinity, Infinity];
  #turned: number;
  #changed: number;
  #next: number;

  /** All times are in ms. */
  constructor(now: number) {
    this.#turned = this.#changed = this.#next = now;
  }

  get #share(): number {
    const { wanting, available } = this.#supply;
    return wanting && available > 0 ? Math.max(leastRate, shareOf * available) : Infinity;
  }

  /** bit/s */
  get limit(): number {
    return Math.min(this.#rate, this.#share);
  }

  get piece(): number {
    return Math.floor(bounded(leastPiece, (this.limit * 0.016) / 8, largestPiece));
  }

  get window(): number {
    return bounded(leastWindow, ((this.limit / 8) * (this.#roundTrip + 200)) / 1000, mostWindow);
  }

  wait(now: number): number {
    return Math.max(0, this.#next - now);
  }

  sent(bytes: number, now: number): void {
    this.#next = Math.max(this.#next, now - catchUp) + (bytes * 8000) / this.limit;
  }

  acked(rtt: number, busy: boolean, now: number): void {
    this.#recent = [...this.#recent.slice(-3), rtt];
    if (now - this.#turned > baseSpan) {
      this.#base = [Infinity, this.#base[0]];
      this.#turned = now;
    }
    this.#base[0] = Math.min(this.#base[0], rtt);
    const queued = this.#roundTrip - Math.min(...this.#base);
    const since = now - this.#changed;
    if (queued > crowded && since > this.#roundTrip) {
      this.#knee = this.limit;
      this.#set(this.#rate * 0.6, now);
    } else if (queued < calm && busy && since > Math.max(this.#roundTrip, 30))
      this.#set(this.limit * (this.limit > 0.7 * this.#knee ? 1.02 : 1.3), now);
  }

  /** Nothing arrives any more. */
  broke(now: number): void {
    this.#set(firstRate, now);
    this.#recent = [];
    this.#knee = Infinity;
    this.#base = [Infinity, Infinity];
    this.#next = now;
  }

  supplied(s: Supply): void {
    this.#supply = s;
    this.#rate = Math.min(this.#rate, this.#share);
  }

  get #roundTrip(): number {
    return this.#recent.length > 0 ? Math.min(...this.#recent) : 0;
  }

  #set(rate: number, now: number): void {
    this.#rate = bounded(leastRate, rate, mostRate);
    this.#changed = now;
  }
}
