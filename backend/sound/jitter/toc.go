package jitter

// maxDuration is the longest packet, 120 ms (RFC 6716, 3.2.5).
const maxDuration = rate * 120 / 1000

// frameDuration is by the configuration in the TOC byte (RFC 6716, table 2).
func frameDuration(toc byte) int64 {
	switch config := toc >> 3; {
	case config < 12: // SILK only
		return [...]int64{rate / 100, rate / 50, rate / 25, rate * 60 / 1000}[config&3]
	case config < 16: // hybrid
		return rate / 100 << (config & 1)
	default: // CELT only
		return rate / 400 << (config & 3)
	}
}

// duration is how many samples a packet holds, 0 if it is not Opus (RFC 6716,
// 3.1 and 3.2).
func duration(data []byte) int64 {
	if len(data) == 0 {
		return 0
	}
	frames := int64(1)
	switch data[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(data) < 2 {
			return 0
		}
		frames = int64(data[1] & 63)
	}
	if d := frames * frameDuration(data[0]); d <= maxDuration {
		return d
	}
	return 0
}

// hasFEC tells whether a packet holds a copy of the one before it: whether the
// LBRR flag of its first SILK frame is set (RFC 6716, 4.2.3 and 4.2.4).
func hasFEC(data []byte) bool {
	if len(data) < 2 || data[0]>>3 >= 16 {
		return false
	}
	var first []byte // the first Opus frame
	switch data[0] & 3 {
	case 0, 1:
		first = data[1:]
	case 2:
		first = data[2:]
		if data[1] >= 252 {
			first = data[min(3, len(data)):]
		}
	case 3:
		return false // several frames and padding: rare, and not worth parsing
	}
	if len(first) == 0 {
		return false
	}
	// One VAD flag for each SILK frame of 20 ms, or one of 10 ms, then the LBRR
	// flag; a stereo packet has the same again for its side channel.
	silk := max(1, frameDuration(data[0])/(rate/50))
	lbrr := first[0]>>(7-silk)&1 != 0
	if stereo := data[0]&4 != 0; stereo {
		lbrr = lbrr || first[0]>>(6-2*silk)&1 != 0
	}
	return lbrr
}
