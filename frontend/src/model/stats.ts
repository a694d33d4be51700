/** The figures of a running call, as `parley call --json` prints them each second. */
export interface Stats {
  video: {
    /** fps in frames a second, width and height in pixels, bitrate in bit/s. */
    in: {
      frames: number;
      fps: number;
      width: number;
      height: number;
      bitrate: number;
      lost: number;
      freezes: number;
    };
    out: {
      frames: number;
      fps: number;
      width: number;
      height: number;
      bitrate: number;
      target: number;
    };
  };
  /** level in dBov: 0 is the loudest. */
  audio: {
    in: { packets: number; level: number; lost: number };
    out: { packets: number; level: number };
  };
  /** Round trip in ms. */
  rtt_ms: number;
  /** '' until it is known. */
  path: 'direct' | 'relay' | '';
}
