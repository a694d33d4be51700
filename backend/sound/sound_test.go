package sound

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/backend/frame"
	"parley/backend/sound/opus"
	"parley/backend/sound/wav"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is how long a test waits for what should come at once.
const patient = time.Minute

// noDevices hides the machine's sound devices.
func noDevices(t testing.TB) {
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(t.TempDir(), "none"))
	t.Setenv("ALSA_CONFIG_PATH", os.DevNull)
}

// packets gathers what Out got.
type packets struct {
	mu  sync.Mutex
	all []frame.Audio
	new chan struct{}
}

func newPackets() *packets { return &packets{new: make(chan struct{}, 1)} }

func (p *packets) out(a frame.Audio) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.Sequence = uint16(len(p.all))
	p.all = append(p.all, a)
	select {
	case p.new <- struct{}{}:
	default:
	}
}

func (p *packets) list() []frame.Audio {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// wait waits for n packets.
func (p *packets) wait(t testing.TB, n int) []frame.Audio {
	t.Helper()
	deadline := time.After(patient)
	for {
		if all := p.list(); len(all) >= n {
			return all
		}
		select {
		case <-p.new:
		case <-deadline:
			t.Fatalf("%d packets, want %d", len(p.list()), n)
		}
	}
}

func open(t testing.TB, o Options) *Sound {
	t.Helper()
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// decode is what the packets sound like: one channel.
func decode(t testing.TB, list []frame.Audio) (pcm []int16) {
	t.Helper()
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	out := make([]int16, 2*opus.MaxFrame)
	for _, a := range list {
		n, err := d.Decode(a.Data, out)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			pcm = append(pcm, out[2*i])
		}
	}
	return pcm
}

func dBov(pcm []int16) float64 { return 10 * math.Log10(power(pcm)+1e-13) }

// purity is how much of pcm's energy is at hz, 0 to 1.
func purity(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / rate)
		re += float64(v) * c
		im += float64(v) * s
	}
	n := float64(len(pcm))
	return 2 * (re*re + im*im) / (n * n) / (power(pcm)*(1<<30) + 1e-9)
}

// toneWindows counts the windows of 50 ms that are a tone.
func toneWindows(pcm []int16, hz, level float64) (good, windows int) {
	const window = rate / 20
	for w := pcm; len(w) >= window; w = w[window:] {
		windows++
		if math.Abs(dBov(w[:window])-level) < 1.5 && purity(w[:window], hz) > 0.95 {
			good++
		}
	}
	return good, windows
}

// checkTone wants a tone in most windows: on a busy machine a virtual device
// skips a beat now and then.
func checkTone(t testing.TB, pcm []int16, hz, level float64) {
	t.Helper()
	if good, windows := toneWindows(pcm, hz, level); good <= windows/2 {
		t.Errorf("%d of %d windows are %.0f Hz at %.1f dBov; together %.1f dBov, %.3f at it",
			good, windows, hz, level, dBov(pcm), purity(pcm, hz))
	}
}

func TestToneWithoutDevices(t *testing.T) {
	noDevices(t)
	p := newPackets()
	begun := time.Now()
	s := open(t, Options{Microphone: Test, Speaker: None, Out: p.out})
	all := p.wait(t, 100)
	if took := time.Since(begun); took < 1800*time.Millisecond {
		t.Errorf("2 s of sound came in %v: a flood", took)
	}
	for i, a := range all {
		if a.Timestamp != uint32(i)*960 {
			t.Fatalf("packet %d has timestamp %d", i, a.Timestamp)
		}
		if off := a.Captured.Sub(all[0].Captured) - time.Duration(i)*20*time.Millisecond; off.Abs() > 300*time.Millisecond {
			t.Errorf("packet %d was captured %v off", i, off)
		}
	}
	checkTone(t, decode(t, all)[rate:], 440, -20)
	if mic, spk := s.Problems(); mic != nil || spk != nil {
		t.Errorf("problems: %v, %v", mic, spk)
	}
	if mic, spk := s.Names(); mic != "Test tone" || spk != "" {
		t.Errorf("names: %q, %q", mic, spk)
	}
	if l := s.Stats().Out.Level; l < -21 || l > -19 {
		t.Errorf("level out is %d dBov", l)
	}
}

func TestFileToFile(t *testing.T) {
	noDevices(t)
	in, heard := filepath.Join(t.TempDir(), "in.wav"), filepath.Join(t.TempDir(), "heard.WAV")
	w, err := wav.Create(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	voice := make([]int16, rate)
	for i := range voice {
		voice[i] = int16(4634 * math.Sin(2*math.Pi*600*float64(i)/rate))
	}
	if err := errors.Join(w.Write(voice), w.Close()); err != nil {
		t.Fatal(err)
	}
	p := newPackets()
	var s *Sound
	opened := make(chan struct{})
	s = open(t, Options{Microphone: in, Speaker: heard, Out: func(a frame.Audio) {
		<-opened
		p.out(a)
		a.Arrived = time.Now()
		a.Sequence = uint16(len(p.list()))
		s.Play(a)
	}})
	close(opened)
	p.wait(t, 150)
	st := s.Stats()
	if st.In.Packets < 145 || st.In.Lost != 0 || st.In.Level < -23 || st.In.Level > -19 || st.In.Delay <= 0 {
		t.Errorf("%+v", st.In)
	}
	if at, ok := s.PlayTime(time.Now()); !ok || time.Until(at).Abs() > 2*time.Second {
		t.Errorf("play time is %v from now, %v", time.Until(at), ok)
	}
	if mic, spk := s.Names(); mic != "in.wav" || spk != "heard.WAV" {
		t.Errorf("names: %q, %q", mic, spk)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := wav.Open(heard)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	pcm := make([]int16, 5*rate/2)
	if err := r.Read(pcm); err != nil {
		t.Fatal(err)
	}
	checkTone(t, pcm[rate:], 600, -20)
}

func TestNoDevices(t *testing.T) {
	noDevices(t)
	if d, err := Microphones(); len(d) > 0 || err != nil {
		t.Errorf("microphones: %v, %v", d, err)
	}
	if d, err := Speakers(); len(d) > 0 || err != nil {
		t.Errorf("speakers: %v, %v", d, err)
	}
	p := newPackets()
	s := open(t, Options{Out: p.out})
	mic, spk := s.Problems()
	if !errors.Is(mic, ErrNoMicrophone) || !errors.Is(spk, ErrNoSpeaker) {
		t.Errorf("problems: %v, %v", mic, spk)
	}
	if mic, spk := s.Names(); mic != "" || spk != "" {
		t.Errorf("names: %q, %q", mic, spk)
	}
	// 25 packets of silence, then DTX: one in 400 ms.
	begun := time.Now()
	all := p.wait(t, 30)
	if last := all[len(all)-1]; last.Timestamp < rate {
		t.Errorf("30 packets of silence in %d ms of sound", last.Timestamp/48)
	}
	if took := time.Since(begun); took < time.Second {
		t.Errorf("it took %v: a flood", took)
	}
}

func TestBadNames(t *testing.T) {
	noDevices(t)
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.wav")
	if err := os.WriteFile(bad, []byte("RIFF and no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o        Options
		mic, spk error
	}{
		{Options{Microphone: "No Such Thing", Speaker: "Neither"}, ErrBadDevice, ErrBadDevice},
		{Options{Microphone: bad, Speaker: filepath.Join(dir, "no", "folder.wav")}, ErrBadFile, ErrBadFile},
		{Options{Microphone: filepath.Join(dir, "none.wav"), Speaker: None}, ErrBadFile, nil},
	} {
		s := open(t, c.o)
		if mic, spk := s.Problems(); !errors.Is(mic, c.mic) || !errors.Is(spk, c.spk) {
			t.Errorf("%+v: %v, %v", c.o, mic, spk)
		}
		_ = s.Close()
	}
}

// TestMuteWorksAtOnce: after SetMicrophone(false) no packet holds the tone but
// the one that was being made.
func TestMuteWorksAtOnce(t *testing.T) {
	noDevices(t)
	p := newPackets()
	s := open(t, Options{Microphone: Test, Speaker: None, Out: p.out})
	p.wait(t, 20)
	s.SetMicrophone(false)
	before := len(p.list()) + 1
	all := p.wait(t, before+5)
	if l := dBov(decode(t, all)[before*opus.FrameSize+100:]); l > -60 {
		t.Errorf("after muting, %.0f dBov leave", l)
	}
	s.SetMicrophone(true)
	n := len(p.list())
	all = p.wait(t, n+50)
	checkTone(t, decode(t, all[n+10:])[5000:], 440, -20)
}

func TestCloseFromEverywhere(t *testing.T) {
	noDevices(t)
	var s *Sound
	opened, closed := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	s = open(t, Options{Microphone: Test, Speaker: None, Out: func(frame.Audio) {
		<-opened
		once.Do(func() { closed <- s.Close() })
	}})
	close(opened)
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patient):
		t.Fatal("Close inside Out hangs")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	s.Play(frame.Audio{Data: []byte{0x78, 1, 2}})
	s.SetLoss(math.NaN())
	s.Stats()
}

// TestCloseDoesNotWaitForADisk: one that hangs must not hang the hang-up.
func TestCloseDoesNotWaitForADisk(t *testing.T) {
	noDevices(t)
	s := open(t, Options{Microphone: None, Speaker: None})
	s.exchanger.mu.Lock()
	s.sink = &sink{blocks: make(chan [2 * blockSize]int16), ended: make(chan struct{})} // nobody reads it
	s.exchanger.mu.Unlock()
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patient):
		t.Fatal("Close waits for the disk")
	}
}

// BenchmarkOneSecond is a second of a call: capture, encode, jitter buffer,
// decode, play.
func BenchmarkOneSecond(b *testing.B) {
	noDevices(b)
	s := open(b, Options{Microphone: None, Speaker: None})
	_ = s.Close() // only its parts are used
	e, err := opus.NewEncoder(opus.EncoderOptions{Bitrate: Bitrate, Complexity: complexity})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	_ = e.SetLoss(5)
	d, err := opus.NewDecoder()
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	benchmarkCall(b, e, d)
}
