//go:build cgo

package peer

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"

	"parley/backend/lab/browser"
	"parley/backend/signaling"
	"parley/backend/sound/opus"
	"parley/backend/sound/wav"
)

// lossyNet is this machine's network, on which one packet of media of so many is
// lost, both ways.
type lossyNet struct {
	currentNet
	mu   sync.Mutex
	dice *rand.Rand
	of   int
}

func (n *lossyNet) loses(b []byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return isRTP(b) && n.dice.IntN(n.of) == 0
}

func (n *lossyNet) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.currentNet.ListenUDP(network, at)
	return lossyConn{c, n}, err
}

type lossyConn struct {
	transport.UDPConn
	net *lossyNet
}

func (c lossyConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.net.loses(b) {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}

func (c lossyConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.net.loses(b[:n]) {
			return n, from, err
		}
	}
}

// The other side in Chromium. It sends redundancy where the other side's
// description names it first, which is for the page to write there.
const redPage = `<audio id="a" autoplay></audio><script>
const pc = new RTCPeerConnection();
pc.ontrack = ({streams}) => { a.srcObject = streams[0]; };
async function answer(sdp) {
  const voice = await navigator.mediaDevices.getUserMedia({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
  pc.addTrack(voice.getAudioTracks()[0], voice);
  await pc.setRemoteDescription({type: 'offer', sdp: sdp.replace('SAVPF 111 63', 'SAVPF 63 111')});
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete') await new Promise((next) => { pc.onicegatheringstatechange = next; });
  return pc.localDescription.sdp;
}
async function heard() {
  for (const s of (await pc.getStats()).values())
    if (s.type === 'inbound-rtp') return {lost: s.packetsLost, concealed: s.concealedSamples};
}
</script>`

// A call with Chromium while a fifth of the sound is lost on its way: most of
// what Chromium lost comes back to us, and most of what we lost it need not invent.
func TestRedundancyWithChromium(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no Chromium")
	}
	if testing.Short() {
		t.Skip("a call with a browser takes 5 s")
	}
	e, err := opus.NewEncoder(opus.EncoderOptions{Bitrate: 32000, Complexity: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	voice := &speaker{Encoder: e}
	dir := t.TempDir()
	said := filepath.Join(dir, "voice.wav")
	writeVoice(t, said)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(redPage))
	}))
	defer page.Close()
	chromium, err := browser.Start(exec.Command, dir, "", said, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := chromium.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := chromium.Open(page.URL); err != nil {
		t.Fatal(err)
	}

	here, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	lossy := &lossyNet{currentNet: currentNet{here, newRelays()}, dice: rand.New(rand.NewPCG(1, 2)), of: 5}
	parley := makeEnd(t, Config{Interfaces: []string{"lo"}}, signaling.Caller, lossy)
	offer, err := parley.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(offer.SDP)
	if err != nil {
		t.Fatal(err)
	}
	answer := signaling.Description{Type: "answer"}
	if err := chromium.Eval(fmt.Sprintf("answer(%s)", text), &answer.SDP); err != nil {
		t.Fatal(err)
	}
	if err := parley.SetAnswer(ctx(t), answer); err != nil {
		t.Fatal(err)
	}
	until(t, parley.transport, TransportConnected)

	// A second at a time, until enough was lost in one that nothing else disturbed.
	type look struct {
		Lost, Concealed int // packets and samples, of Chromium
		in              AudioIn
		out             AudioOut
	}
	lookNow := func() (l look) {
		if err := chromium.Eval("heard()", &l); err != nil {
			t.Fatal(err)
		}
		s := parley.Stats()
		l.in, l.out = s.Audio.In, s.Audio.Out
		return l
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	before, toUs, toThem := look{}, false, false
	var told strings.Builder
	for n := 1; !toUs || !toThem; n++ {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("what was lost did not come back: to us %v, to Chromium %v\n%s", toUs, toThem, told.String())
		}
		if err := parley.WriteAudio(voice.next(t)); err != nil {
			t.Fatal(err)
		}
		if n%100 != 0 {
			continue
		}
		now := lookNow()
		lost, came := now.in.Lost-before.in.Lost, now.in.Recovered-before.in.Recovered
		toUs = toUs || lost+came > 10 && came > 2*lost
		theirs, invented := now.Lost-before.Lost, float64(now.Concealed-before.Concealed)/opus.FrameSize
		toThem = toThem || theirs > 10 && now.out.Copies-before.out.Copies > 50 && invented < float64(theirs)/2
		fmt.Fprintf(&told, "to us %d lost and %d back; to Chromium %d lost and %.1f invented, %d copies\n", lost, came, theirs, invented, now.out.Copies-before.out.Copies)
		before = now
	}
	t.Log("\n" + told.String())
}

// writeVoice writes 5 s of what a speaker says.
func writeVoice(t *testing.T, path string) {
	t.Helper()
	w, err := wav.Create(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 250 {
		pcm := say(n)
		if err := w.Write(pcm[:]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
