// Package record writes what the other side sent into a WebM file (VP8), or a
// Matroska one (H.264), both tracks, without encoding again.
//
//	Video, Audio ─▶ queue ─▶ timeline: when was it? ─▶ held back until in order ─▶ muxer ─▶ file
//
// One goroutine does all but the first step, so that no disk slows the call.
// The file plays at any moment, also after a crash: its clusters are complete
// one by one, and Close only adds the length and an index.
package record

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"parley/backend/frame"
)

// What can go wrong, beside what the system says of the file.
var (
	// ErrDropped tells that frames are missing: the disk was too slow.
	ErrDropped = errors.New("the disk was too slow for the recording")
	// ErrVideoLeftOut tells that video is missing: it came after a file without
	// video was begun, or changed its codec.
	ErrVideoLeftOut = errors.New("the recording could not take the video in")
)

const (
	maxQueue = 1024 // frames and packets: more than 10 s of a call
	// patience is how long the beginning waits for the first key frame, and how
	// long the first frames wait for both tracks' sender reports.
	patience = 10 * time.Second
	lead     = 2 * time.Second
	// disorder is how far frames are held back so that they come in order.
	disorder = 500 * time.Millisecond
	// maxHeld bounds the memory of what is held back, in bytes.
	maxHeld = 32 << 20
)

// sample is a frame or a packet with its time.
type sample struct {
	track trackNumber
	codec frame.Codec
	data  []byte
	key   bool
	// width and height are pixels.
	width, height int
	// timestamp is the sender's in RTP ticks; captured and arrived are clocks.
	timestamp         uint32
	captured, arrived time.Time
	// at is its place in the file.
	at time.Duration
}

// Recorder writes one file. Its methods may be called from any goroutine.
type Recorder struct {
	now   func() time.Time
	queue chan sample
	ended chan struct{}

	mu     sync.Mutex
	err    error // the first
	closed bool

	// Of the writing goroutine.
	muxer    *muxer
	timeline timeline
	codec    frame.Codec // empty before the beginning, and in a file without video
	begun    bool
	held     []sample // before the beginning as they came; then by time
	size     int      // of held, in bytes
	newest   time.Duration
}

// Create makes the file; one that is there is replaced. The video's codec is
// that of its first key frame, with which the recording begins; if none comes
// within 10 s of the first sound, the file has sound only. A .webm is for VP8:
// with H.264 it is Matroska whatever its name says.
func Create(path string) (*Recorder, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make recording: %w", err)
	}
	return newRecorder(f, time.Now), nil
}

func newRecorder(f file, now func() time.Time) *Recorder {
	r := &Recorder{now: now, queue: make(chan sample, maxQueue), ended: make(chan struct{}), muxer: &muxer{file: f}}
	go r.write()
	return r
}

// Video adds a picture. It never blocks; where the disk is too slow, the picture
// is dropped, and so are those that depend on it.
func (r *Recorder) Video(v frame.Video) {
	r.add(sample{track: video, codec: v.Codec, data: v.Data, key: v.Key, width: v.Width, height: v.Height,
		timestamp: v.Timestamp, captured: v.Captured, arrived: r.now()})
}

// Audio adds an Opus packet. It never blocks.
func (r *Recorder) Audio(a frame.Audio) {
	if a.Arrived.IsZero() {
		a.Arrived = r.now()
	}
	r.add(sample{track: audio, codec: frame.Opus, data: a.Data, key: true,
		timestamp: a.Timestamp, captured: a.Captured, arrived: a.Arrived})
}

func (r *Recorder) add(s sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(s.data) == 0 {
		return
	}
	select {
	case r.queue <- s:
	default:
		r.keep(ErrDropped)
	}
}

// keep keeps the first error. The caller holds mu.
func (r *Recorder) keep(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("record: %w", err)
	}
}

// Err is the first thing that went wrong so far, such as a full disk. The
// recording then ends there; the call goes on.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close writes what is held back, the length and the index. It returns Err; so
// does a second Close.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.mu.Unlock()
	<-r.ended
	return r.Err()
}

// write is the goroutine between the queue and the file.
func (r *Recorder) write() {
	defer close(r.ended)
	failed := false
	note := func(err error) {
		if err != nil {
			failed = failed || !errors.Is(err, ErrVideoLeftOut)
			r.mu.Lock()
			r.keep(err)
			r.mu.Unlock()
		}
	}
	for s := range r.queue {
		if !failed {
			note(r.take(s))
		}
	}
	if !failed {
		note(r.finish())
	}
	note(r.muxer.close())
}

// take puts a sample into its place.
func (r *Recorder) take(s sample) error {
	if r.begun {
		if s.track == video && s.codec != r.codec {
			return ErrVideoLeftOut
		}
		return r.place(s)
	}
	if s.track == video && len(r.held) == 0 && !s.key {
		return nil
	}
	r.held = append(r.held, s)
	r.size += len(s.data)
	first := r.held[0].arrived
	key := slices.IndexFunc(r.held, isKeyFrame)
	switch {
	case key < 0 && s.arrived.Sub(first) < patience && r.size < maxHeld:
		return nil
	case key >= 0 && !r.reported() && s.arrived.Sub(r.held[key].arrived) < lead && r.size < maxHeld:
		return nil // the sender reports tell how the tracks belong together
	}
	return r.begin()
}

// isKeyFrame tells whether a file can begin with s.
func isKeyFrame(s sample) bool {
	return s.track == video && s.key && s.width > 0 && s.height > 0 && (s.codec == frame.VP8 || s.codec == frame.H264 && avcC(s.data) != nil)
}

// reported tells whether both tracks' capture clocks are known.
func (r *Recorder) reported() bool {
	known := map[trackNumber]bool{}
	for _, s := range r.held {
		known[s.track] = known[s.track] || !s.captured.IsZero()
	}
	return known[video] && known[audio]
}

// begin writes the header and what was held back from the first key frame on.
func (r *Recorder) begin() error {
	r.begun = true
	held := r.held
	r.held, r.size = nil, 0
	if len(held) == 0 {
		return r.muxer.begin(sample{track: audio, codec: frame.Opus})
	}
	first := max(0, slices.IndexFunc(held, isKeyFrame))
	if held[first].track == video {
		r.codec = held[first].codec
	}
	if err := r.muxer.begin(held[first]); err != nil {
		return err
	}
	r.timeline.begin(held, first)
	for i, s := range held {
		if s.track == video && (i < first || s.codec != r.codec) {
			continue
		}
		if err := r.place(s); err != nil {
			return err
		}
	}
	return nil
}

// place gives a sample its time and writes what is old enough to be in order.
func (r *Recorder) place(s sample) error {
	s.at = r.timeline.at(s)
	if s.at < 0 {
		return nil // sound from before the first picture
	}
	i, _ := slices.BinarySearchFunc(r.held, s, func(a, b sample) int {
		if a.at > b.at {
			return 1
		}
		return -1 // behind those of the same time
	})
	r.held = slices.Insert(r.held, i, s)
	r.size += len(s.data)
	r.newest = max(r.newest, s.at)
	for len(r.held) > 0 && (r.held[0].at <= r.newest-disorder || r.size > maxHeld) {
		if err := r.pop(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) pop() error {
	s := r.held[0]
	r.held = slices.Delete(r.held, 0, 1)
	r.size -= len(s.data)
	return r.muxer.write(s)
}

// finish writes all that is held back, and the file's end.
func (r *Recorder) finish() error {
	if !r.begun {
		if err := r.begin(); err != nil {
			return err
		}
	}
	for len(r.held) > 0 {
		if err := r.pop(); err != nil {
			return err
		}
	}
	return r.muxer.finish()
}
