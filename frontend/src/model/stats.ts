/** The figures of a running call, as `parley call --json` prints them each second. */
export interface Stats {
  video: {
    /** fps in frames a second, width and height in pixels, bitrate in bit/s. */
    in: {
      codec: string;
      frames: number;
      fps: number;
      width: number;
      height: number;
      bitrate: number;
      lost: number;
      jitter_ms: number;
      freezes: number;
    };
    out: {
      codec: string;
      frames: number;
      fps: number;
      width: number;
      height: number;
      bitrate: number;
      target: number;
    };
  };
  /** level in dBov: 0 is the loudest; delay_ms in the jitter buffer. */
  audio: {
    in: { packets: number; level: number; lost: number; jitter_ms: number; delay_ms: number };
    out: { packets: number; level: number };
  };
  /** Round trip in ms. */
  rtt_ms: number;
  /** bit/s that all we send may take; 0 where nobody tells. */
  available: number;
  /** '' until it is known. */
  path: 'direct' | 'relay' | '';
  /** What carries the packets from here; '' until it is known. */
  protocol: 'udp' | 'tcp' | 'tls' | '';
}
