package sound

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"parley/backend/frame"
	"parley/backend/sound/jitter"
	"parley/backend/sound/opus"
	"parley/backend/sound/pulsetest"
)

// pulse is a PulseAudio server of the test's own.
type pulse struct{ *pulsetest.Server }

func startPulse(t *testing.T) *pulse {
	t.Helper()
	return &pulse{pulsetest.Start(t, "Headset")}
}

// say plays a tone into the microphone until the test's end.
func (p *pulse) say(t *testing.T, hz float64) {
	t.Helper()
	cmd := exec.Command("pacat", "--playback", "-d", "micsink", "--raw", "--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=50")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		b := make([]byte, 2*rate)
		for i := range rate {
			binary.LittleEndian.PutUint16(b[2*i:], uint16(int16(4634*math.Sin(2*math.Pi*hz*float64(i)/rate))))
		}
		for {
			if _, err := in.Write(b); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-written
	})
}

// hear records what the speaker plays, for the time of n samples.
func (p *pulse) hear(t *testing.T, n int) []int16 {
	t.Helper()
	cmd := exec.Command("pacat", "--record", "-d", "spk.monitor", "--raw", "--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=50")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2*n)
	_, err = io.ReadFull(out, b)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// hearTone waits until the speaker plays a tone of -20 dBov.
func (p *pulse) hearTone(t *testing.T, hz float64) {
	t.Helper()
	var good, windows int
	for range 10 { // on a busy machine, a virtual device takes time to get going
		if good, windows = toneWindows(p.hear(t, rate)[rate/4:], hz, -20); good > windows*3/4 {
			return
		}
	}
	t.Errorf("%d of %d windows are %.0f Hz at -20 dBov", good, windows, hz)
}

// loop is a call with oneself: what leaves comes back.
func loop(t *testing.T, o Options) (*Sound, *packets) {
	t.Helper()
	p := newPackets()
	var s *Sound
	opened := make(chan struct{})
	o.Out = func(a frame.Audio) {
		<-opened
		p.out(a)
		a.Sequence, a.Arrived = uint16(len(p.list())), time.Now()
		s.Play(a)
	}
	s = open(t, o)
	close(opened)
	return s, p
}

func TestMicrophoneToSpeaker(t *testing.T) {
	p := startPulse(t)
	mics, err := Microphones()
	if err != nil || len(mics) != 1 || mics[0].ID != "mic" || mics[0].Name != "Headset" {
		t.Fatalf("microphones: %+v, %v", mics, err)
	}
	spks, err := Speakers()
	if err != nil || len(spks) != 2 || spks[0].Name != "Loudspeaker" {
		t.Fatalf("speakers: %+v, %v", spks, err)
	}
	p.say(t, 600)
	s, packets := loop(t, Options{Microphone: "headset", Speaker: "spk"})
	if mic, spk := s.Problems(); mic != nil || spk != nil {
		t.Fatalf("problems: %v, %v", mic, spk)
	}
	if mic, spk := s.Names(); mic != "Headset" || spk != "Loudspeaker" {
		t.Errorf("names: %q, %q", mic, spk)
	}
	if age := time.Duration(s.age.Load()); age != 2*period*time.Millisecond {
		t.Errorf("the ring buffer adds %v", age)
	}
	packets.wait(t, 100)
	p.hearTone(t, 600)
	checkTone(t, decode(t, packets.wait(t, 100))[rate:], 600, -20)
	st := s.Stats()
	t.Logf("%+v", st)
	if st.In.Lost > 0 || st.Out.Dropped > 0 {
		t.Errorf("%+v", st)
	}
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("Close took %v", took)
	}
	for _, kind := range []string{"sink-inputs", "source-outputs"} {
		if b, err := exec.Command("pactl", "list", kind).Output(); err != nil || strings.Contains(string(b), "Parley") {
			t.Errorf("after Close, %v:\n%s", err, b)
		}
	}
}

func TestDefaults(t *testing.T) {
	p := startPulse(t)
	p.say(t, 700)
	s, packets := loop(t, Options{})
	if mic, spk := s.Names(); mic != "Headset" || spk == "" {
		t.Errorf("names: %q, %q", mic, spk)
	}
	checkTone(t, decode(t, packets.wait(t, 100))[rate:], 700, -20)
}

func TestOnlyAMicrophone(t *testing.T) {
	p := startPulse(t)
	p.say(t, 700)
	s, packets := loop(t, Options{Speaker: None})
	if mic, spk := s.Problems(); mic != nil || spk != nil {
		t.Errorf("problems: %v, %v", mic, spk)
	}
	if age := s.age.Load(); age != 0 {
		t.Errorf("without a ring buffer, %v are taken off", time.Duration(age))
	}
	checkTone(t, decode(t, packets.wait(t, 100))[rate:], 700, -20)
}

func TestOnlyASpeaker(t *testing.T) {
	p := startPulse(t)
	_, packets := loop(t, Options{Microphone: Test, Speaker: "Loudspeaker"})
	packets.wait(t, 50)
	p.hearTone(t, 440)
}

func TestDeviceVanishes(t *testing.T) {
	p := startPulse(t)
	p.say(t, 600)
	failed := make(chan error, 2)
	var s *Sound
	opened := make(chan struct{})
	s, packets := loop(t, Options{Failed: func(err error) {
		<-opened
		failed <- err
	}})
	close(opened)
	packets.wait(t, 20)
	p.Kill()
	select {
	case err := <-failed:
		if !errors.Is(err, ErrDeviceLost) || !errors.Is(err, ErrNoMicrophone) || !errors.Is(err, ErrNoSpeaker) {
			t.Errorf("failed with %v", err)
		}
	case <-time.After(patient):
		t.Fatal("nobody was told")
	}
	if mic, spk := s.Problems(); !errors.Is(mic, ErrDeviceLost) || !errors.Is(spk, ErrDeviceLost) {
		t.Errorf("problems: %v, %v", mic, spk)
	}
	n := len(packets.list())
	packets.wait(t, n+3) // silence goes on
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if len(failed) > 0 {
		t.Errorf("told twice: %v", <-failed)
	}
}

// benchmarkCall times a second of sound through all but the device.
func benchmarkCall(b *testing.B, e *opus.Encoder, d *opus.Decoder) {
	buffer := jitter.New(d)
	pcm, out := make([]int16, opus.FrameSize), make([]int16, 2*blockSize)
	source := &tone{}
	now := time.Now()
	sequence, timestamp := uint16(0), uint32(0)
	for b.Loop() {
		for range 50 {
			source.read(pcm)
			for i := range pcm { // beats like syllables
				pcm[i] = int16(float64(pcm[i]) * (0.55 + 0.45*math.Sin(2*math.Pi*float64(int(timestamp)+i)/12000)))
			}
			packet := make([]byte, opus.MaxPacket)
			n, err := e.Encode(pcm, packet)
			if err != nil {
				b.Fatal(err)
			}
			buffer.Insert(frame.Audio{Data: packet[:n], Sequence: sequence, Timestamp: timestamp}, now)
			sequence++
			timestamp += opus.FrameSize
			for range 2 {
				buffer.Read(out, now, 0)
				now = now.Add(blockTime)
			}
		}
	}
}
