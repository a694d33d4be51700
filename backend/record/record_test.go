package record

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/backend/frame"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opusPacket is 20 ms of silence.
var opusPacket = []byte{0xfc, 0xff, 0xfe}

func need(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("no %s here", tool)
	}
}

func ffmpeg(t *testing.T, args ...string) []byte {
	t.Helper()
	need(t, "ffmpeg")
	var out, log bytes.Buffer
	cmd := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, log.String())
	}
	if log.Len() > 0 {
		t.Errorf("ffmpeg complains: %s", log.String())
	}
	return out.Bytes()
}

// vp8 is n frames of a test picture, a key frame each second.
func vp8(t *testing.T, size string, n int) (frames []frame.Video) {
	t.Helper()
	ivf := ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=rate=30:size="+size, "-frames:v", strconv.Itoa(n),
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-auto-alt-ref", "0", "-f", "ivf", "-")
	for b := ivf[32:]; len(b) >= 12; {
		length := int(binary.LittleEndian.Uint32(b))
		f := frame.Video{Codec: frame.VP8, Data: b[12 : 12+length]}
		f.Key = f.Data[0]&1 == 0
		if f.Key {
			f.Width, f.Height = int(binary.LittleEndian.Uint16(f.Data[6:])), int(binary.LittleEndian.Uint16(f.Data[8:]))
		}
		frames = append(frames, f)
		b = b[12+length:]
	}
	return frames
}

// h264 is n access units of a test picture, a key frame each second.
func h264(t *testing.T, n int) (frames []frame.Video) {
	t.Helper()
	stream := ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=rate=30:size=320x240", "-frames:v", strconv.Itoa(n),
		"-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-tune", "zerolatency", "-g", "30",
		"-x264-params", "aud=1:repeat-headers=1", "-f", "h264", "-")
	for i, unit := range bytes.Split(stream, []byte{0, 0, 0, 1, 9}) {
		if i == 0 {
			continue
		}
		f := frame.Video{Codec: frame.H264, Data: append([]byte{0, 0, 0, 1, 9}, unit...)}
		f.Key = avcC(f.Data) != nil
		if f.Key {
			f.Width, f.Height = 320, 240
		}
		frames = append(frames, f)
	}
	return frames
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// feed plays a call of the frames at 30 a second and as much sound into a
// recorder. lag is how much later than the sound that was captured with it the
// video arrives; report is when both sides' capture clocks become known, or
// never if negative.
func feed(t *testing.T, f file, frames []frame.Video, lag, report time.Duration) *Recorder {
	t.Helper()
	now := start
	var mu sync.Mutex
	r := newRecorder(f, func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	remote := start.Add(-1000 * time.Hour)
	length := time.Duration(len(frames)) * time.Second / 30
	pictures, packets := 0, 0
	for at := time.Duration(0); at < length+lag; at += time.Millisecond {
		mu.Lock()
		now = start.Add(at)
		mu.Unlock()
		if taken := time.Duration(packets) * 20 * time.Millisecond; taken <= at && taken < length {
			a := frame.Audio{Data: opusPacket, Timestamp: math.MaxUint32 - 5000 + uint32(packets)*960, Arrived: now}
			if report >= 0 && at >= report {
				a.Captured = remote.Add(taken)
			}
			r.Audio(a)
			packets++
		}
		if taken := time.Duration(pictures) * time.Second / 30; taken+lag <= at && pictures < len(frames) {
			v := frames[pictures]
			v.Timestamp = math.MaxUint32 - 9000 + uint32(pictures)*3000
			if report >= 0 && at >= report {
				v.Captured = remote.Add(taken)
			}
			r.Video(v)
			pictures++
		}
		for len(r.queue) > maxQueue/2 { // in this test, time runs faster than a disk
			runtime.Gosched()
		}
	}
	return r
}

// probed is what ffprobe tells.
type probed struct {
	Streams []struct {
		CodecName     string `json:"codec_name"`
		Width, Height int
		ReadFrames    string `json:"nb_read_frames"`
	}
	Format struct {
		Name     string `json:"format_name"`
		Duration string
	}
	Packets []struct {
		CodecType string `json:"codec_type"`
		PTS       string `json:"pts_time"`
		Flags     string
	}
}

func probe(t *testing.T, path string) (p probed) {
	t.Helper()
	need(t, "ffprobe")
	var log bytes.Buffer
	cmd := exec.Command("ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-show_packets", "-of", "json", path)
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil || log.Len() > 0 {
		t.Fatalf("ffprobe: %v: %s", err, log.String())
	}
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// times are the packets' times of one kind, in seconds.
func (p probed) times(kind string) (times []float64) {
	for _, packet := range p.Packets {
		if packet.CodecType == kind {
			f, _ := strconv.ParseFloat(packet.PTS, 64)
			times = append(times, f)
		}
	}
	return times
}

func (p probed) check(t *testing.T, codec string, pictures, packets int, seconds float64) {
	t.Helper()
	if len(p.Streams) != 2 || p.Streams[0].CodecName != codec || p.Streams[1].CodecName != "opus" {
		t.Fatalf("streams %+v", p.Streams)
	}
	if s := p.Streams[0]; s.Width != 320 || s.Height != 240 || s.ReadFrames != strconv.Itoa(pictures) {
		t.Errorf("%+v, want %d frames of 320x240", s, pictures)
	}
	if n := len(p.times("audio")); n < packets-1 || n > packets {
		t.Errorf("%d packets of sound, want %d", n, packets)
	}
	if d, _ := strconv.ParseFloat(p.Format.Duration, 64); seconds > 0 && math.Abs(d-seconds) > 0.1 {
		t.Errorf("%s s, want %.2f", p.Format.Duration, seconds)
	}
}

func create(t *testing.T, name string) (*os.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

func TestVP8(t *testing.T) {
	f, path := create(t, "a.webm")
	if err := feed(t, f, vp8(t, "320x240", 90), 0, 500*time.Millisecond).Close(); err != nil {
		t.Fatal(err)
	}
	probe(t, path).check(t, "vp8", 90, 150, 3)
	ffmpeg(t, "-i", path, "-f", "null", "-")
	// With its index, a player finds the middle.
	ffmpeg(t, "-ss", "2", "-i", path, "-f", "null", "-")
}

func TestH264(t *testing.T) {
	f, path := create(t, "a.mkv")
	if err := feed(t, f, h264(t, 90), 0, 500*time.Millisecond).Close(); err != nil {
		t.Fatal(err)
	}
	probe(t, path).check(t, "h264", 90, 150, 3)
	ffmpeg(t, "-i", path, "-f", "null", "-")
}

// TestInStep: the capture clocks decide, not the arrivals.
func TestInStep(t *testing.T) {
	frames := vp8(t, "320x240", 150)
	for _, c := range []struct {
		name   string
		report time.Duration
		offset float64 // of the video after the sound, in the end, s
	}{
		{"reports from the beginning", 0, 0},
		{"reports after 1 s", time.Second, 0},
		{"reports after 3 s", 3 * time.Second, 0},
		{"no reports", -1, 0.12},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, path := create(t, "a.webm")
			if err := feed(t, f, frames, 120*time.Millisecond, c.report).Close(); err != nil {
				t.Fatal(err)
			}
			p := probe(t, path)
			v, a := p.times("video"), p.times("audio")
			if len(v) != 150 || v[0] != 0 {
				t.Fatalf("%d pictures, the first at %v", len(v), v[0])
			}
			// The last picture was taken at 149/30 s, the last packet at 4.98 s.
			offset := (v[149] - 149./30) - (a[len(a)-1] - 4.98)
			if math.Abs(offset-c.offset) > 0.003 {
				t.Errorf("video comes %.3f s after the sound, want %.3f", offset, c.offset)
			}
			for i := range v[1:] {
				if d := v[i+1] - v[i]; d <= 0 || d > 0.2 {
					t.Errorf("picture %d comes %.3f s after the one before", i+1, d)
				}
			}
		})
	}
}

// TestCrash: a file that was never closed plays, wherever it was cut.
func TestCrash(t *testing.T) {
	f, path := create(t, "a.webm")
	r := feed(t, f, vp8(t, "320x240", 120), 0, 0)
	for len(r.queue) > 0 {
		runtime.Gosched()
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := path + ".cut.webm"
	if err := os.WriteFile(cut, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if p := probe(t, cut); len(p.times("video")) < 90 || len(p.times("audio")) < 150 {
		t.Errorf("%d pictures and %d packets are left of 120 and 200", len(p.times("video")), len(p.times("audio")))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSizeChanges(t *testing.T) {
	f, path := create(t, "a.webm")
	frames := append(vp8(t, "320x240", 45), vp8(t, "160x120", 45)...)
	if err := feed(t, f, frames, 0, 0).Close(); err != nil {
		t.Fatal(err)
	}
	probe(t, path).check(t, "vp8", 90, 150, 3)
	ffmpeg(t, "-i", path, "-f", "null", "-")
}

func TestSoundOnly(t *testing.T) {
	f, path := create(t, "a.webm")
	r := newRecorder(f, time.Now)
	for i := range 700 {
		r.Audio(frame.Audio{Data: opusPacket, Timestamp: uint32(i) * 960, Arrived: start.Add(time.Duration(i) * 20 * time.Millisecond)})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	p := probe(t, path)
	if d, _ := strconv.ParseFloat(p.Format.Duration, 64); len(p.Streams) != 1 || len(p.times("audio")) != 700 || math.Abs(d-14) > 0.1 {
		t.Errorf("%+v, %d packets, %v s", p.Streams, len(p.times("audio")), d)
	}
}

func TestNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.webm")
	r, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	r.Audio(frame.Audio{Data: opusPacket})
	if _, err := Create(filepath.Join(path, "below a file")); err == nil {
		t.Error("a file below a file was made")
	}
}

func TestBeginsAtAKeyFrame(t *testing.T) {
	f, path := create(t, "a.webm")
	if err := feed(t, f, vp8(t, "320x240", 90)[10:], 0, 0).Close(); err != nil {
		t.Fatal(err)
	}
	p := probe(t, path)
	if v, a := p.times("video"), p.times("audio"); len(v) != 60 || v[0] != 0 || a[0] > 0.02 || p.Packets[0].Flags[0] != 'K' {
		t.Errorf("%d pictures from %v, sound from %v", len(v), v[0], a[0])
	}
}

// memory is a file in memory with room for so many bytes.
type memory struct {
	mu   sync.Mutex
	b    []byte
	room int
}

var errFull = errors.New("no space left on device")

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if int(at)+len(p) > m.room {
		return 0, errFull
	}
	if end := int(at) + len(p); end > len(m.b) {
		m.b = append(m.b, make([]byte, end-len(m.b))...)
	}
	return copy(m.b[at:], p), nil
}

func (*memory) Close() error { return nil }

// synthetic is n frames that no decoder ever sees.
func synthetic(n int) (frames []frame.Video) {
	for i := range n {
		v := frame.Video{Codec: frame.VP8, Data: bytes.Repeat([]byte{byte(i)}, 1000), Key: i%30 == 0, Width: 320, Height: 240}
		frames = append(frames, v)
	}
	return frames
}

func TestSameInputSameBytes(t *testing.T) {
	var files [2]memory
	for i := range files {
		files[i].room = 1 << 30
		if err := feed(t, &files[i], synthetic(300), 50*time.Millisecond, time.Second).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(files[0].b) < 300_000 || !bytes.Equal(files[0].b, files[1].b) {
		t.Errorf("%d and %d bytes, and not the same ones", len(files[0].b), len(files[1].b))
	}
}

func TestDiskFull(t *testing.T) {
	f := &memory{room: 100_000}
	r := feed(t, f, synthetic(300), 0, 0)
	if err := r.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close: %v", err)
	}
	if err := r.Err(); !errors.Is(err, errFull) {
		t.Errorf("Err: %v", err)
	}
}

// stuck is a disk that does not answer until it is let.
type stuck struct {
	memory
	let chan struct{}
}

func (s *stuck) WriteAt(p []byte, at int64) (int, error) {
	<-s.let
	return s.memory.WriteAt(p, at)
}

func TestSlowDiskBlocksNobody(t *testing.T) {
	f := &stuck{memory{room: 1 << 30}, make(chan struct{})}
	r := newRecorder(f, time.Now)
	for i := range 3 * maxQueue {
		r.Video(frame.Video{Codec: frame.VP8, Data: []byte{0}, Key: true, Width: 2, Height: 2, Timestamp: uint32(i) * 3000, Captured: start})
		r.Audio(frame.Audio{Data: opusPacket, Timestamp: uint32(i) * 960, Captured: start})
	}
	close(f.let)
	if err := r.Close(); !errors.Is(err, ErrDropped) {
		t.Errorf("Close: %v", err)
	}
}

func TestOtherCodecIsLeftOut(t *testing.T) {
	f := &memory{room: 1 << 30}
	frames := synthetic(120)
	for i := 90; i < 120; i++ {
		frames[i].Codec = frame.H264
	}
	if err := feed(t, f, frames, 0, 0).Close(); !errors.Is(err, ErrVideoLeftOut) {
		t.Errorf("Close: %v", err)
	}
}

func FuzzH264(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		out := lengthPrefixed(b)
		for len(out) > 0 { // what went in comes out whole
			n := int(binary.BigEndian.Uint32(out))
			if n == 0 || n > len(out)-4 || !bytes.Contains(b, out[4:4+n]) {
				t.Fatalf("% x", out)
			}
			out = out[4+n:]
		}
		avcC(b)
	})
}

// FuzzTimeline: whatever the sender's clocks say, the file is written and times rise.
func FuzzTimeline(f *testing.F) {
	f.Add([]byte("any bytes at all, six for a frame"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &muxer{file: &memory{room: 1 << 30}}
		r := &Recorder{muxer: m}
		now := start
		last := map[trackNumber]time.Duration{video: -1, audio: -1}
		for ; len(b) >= 6; b = b[6:] {
			now = now.Add(time.Duration(b[0]) * time.Millisecond)
			s := sample{track: video, codec: frame.VP8, key: b[1]&2 != 0, width: 2, height: 2, data: []byte{1}, arrived: now,
				timestamp: binary.BigEndian.Uint32(b[2:])}
			if b[1]&1 != 0 {
				s.track, s.codec, s.key = audio, frame.Opus, true
			}
			if b[1]&4 != 0 {
				s.captured = start.Add(time.Duration(int16(binary.BigEndian.Uint16(b[4:]))) * 10 * time.Millisecond)
			}
			if err := r.take(s); err != nil && !errors.Is(err, ErrVideoLeftOut) {
				t.Fatal(err)
			}
			if c := r.timeline.tracks[s.track]; r.begun && c.last > 0 {
				if c.last < last[s.track] {
					t.Fatalf("%v comes after %v", c.last, last[s.track])
				}
				last[s.track] = c.last
			}
		}
		if err := r.finish(); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	})
}

// nowhere is a file that takes all.
type nowhere struct{}

func (nowhere) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (nowhere) Close() error                           { return nil }

func BenchmarkOneSecond(b *testing.B) {
	r := &Recorder{muxer: &muxer{file: nowhere{}}}
	data := make([]byte, 10_000) // 2.4 Mbit/s
	now := start
	for b.Loop() {
		for i := range 30 {
			now = now.Add(time.Second / 30)
			_ = r.take(sample{track: video, codec: frame.VP8, key: i == 0, width: 2, height: 2, data: data, arrived: now, captured: now})
			_ = r.take(sample{track: audio, codec: frame.Opus, key: true, data: opusPacket, arrived: now, captured: now})
		}
	}
}
