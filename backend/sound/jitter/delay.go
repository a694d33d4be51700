package jitter

const (
	bucket  = rate / 200 // 5 ms
	buckets = 200        // a delay of 1 s at most
	// The worst delay of each half second is what is remembered, as in NetEq
	// ("resample interval"): bursts that come every other second count in full.
	interval = rate / 2
	// quantile of the half seconds should pass without a packet that is late
	// (NetEq: 0.95).
	quantile = 0.94
	// forget is how much of the past each half second leaves: one bad one in 12 s
	// changes nothing, two do. NetEq's 0.983 holds the delay up for a minute.
	forget = 0.96
	// beginning is not remembered: a sender's first guess and its probes fill a queue as
	// nothing after them does.
	beginning = 3 * rate
	// window is how long the fastest packet is remembered (NetEq: 2 s).
	window = 2 * rate
	// margin covers the block of 10 ms that is read at once.
	margin = tick
	// prior is the first guess, 40 ms, and its weight in half seconds.
	prior, priorWeight = rate * 40 / 1000, 2
)

// delay learns how late packets come, relative to the fastest of late
// (NetEq's RelativeArrivalDelayTracker and Histogram).
type delay struct {
	histogram [buckets]float64 // sums to 1
	weight    float64          // of the histogram, in half seconds
	began     int64            // the first packet came, on our clock
	since     int64            // begin of the half second under way, on our clock
	worst     int64            // delay in it, of what a packet in time followed
	inTime    bool             // one came in it
	heard     bool             // a packet came
	// run is the worst of the packets that come too late one after the other; 0 while
	// they come in time.
	run int64
	// fastest has falling at and rising transit: its first entry is the fastest
	// packet of the window.
	fastest []transit
}

type transit struct{ at, transit int64 }

func newDelay() delay {
	var d delay
	d.histogram[(prior-margin)/bucket-1] = 1
	d.weight = priorWeight
	return d
}

// restart forgets the sender's clock, but not the network.
func (d *delay) restart() { d.fastest = d.fastest[:0] }

// arrived adds a packet: its arrival on our clock, its ts on the sender's.
func (d *delay) arrived(at, ts int64) {
	t := at - ts
	if !d.heard {
		d.heard, d.began = true, at
	}
	for len(d.fastest) > 0 && d.fastest[len(d.fastest)-1].transit >= t {
		d.fastest = d.fastest[:len(d.fastest)-1]
	}
	d.fastest = append(d.fastest, transit{at, t})
	for d.fastest[0].at < at-window || len(d.fastest) > 4*maxPackets {
		d.fastest = append(d.fastest[:0], d.fastest[1:]...)
	}
	// A queue makes all packets late for a second or two. It interrupts the sound once,
	// so it counts once, when it is over: the half seconds in it say nothing of those to
	// come.
	if late := t - d.base(); late >= d.target()-margin {
		d.run = max(d.run, late)
	} else {
		d.worst, d.run, d.inTime = max(d.worst, d.run, late), 0, true
	}
	if at-d.since >= interval || at < d.since {
		if d.inTime && at-d.began > beginning {
			d.remember()
		}
		d.since, d.worst, d.inTime = at, 0, false
	}
}

func (d *delay) remember() {
	d.weight++
	keep := min(forget, 1-1/d.weight) // in the beginning all count alike
	for i := range d.histogram {
		d.histogram[i] *= keep
	}
	d.histogram[min(d.worst/bucket, buckets-1)] += 1 - keep
}

// base is the transit of the fastest packet of late: a packet with timestamp ts
// comes at base+ts or later.
func (d *delay) base() int64 {
	if len(d.fastest) == 0 {
		return 0
	}
	return d.fastest[0].transit
}

// target is how long after base+ts a sample should be played.
func (d *delay) target() int64 {
	sum := 0.0
	for i, p := range d.histogram {
		if sum += p; sum >= quantile {
			return int64(i+1)*bucket + margin
		}
	}
	return buckets*bucket + margin
}
