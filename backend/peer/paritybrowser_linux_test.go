//go:build cgo

package peer

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"

	"parley/backend/signaling"
)

// farNet is this machine's network, on which a browser is far away: its packets
// take a while, and some of the media are lost, both ways.
type farNet struct {
	currentNet
	delay time.Duration // of what we send
	lossy *lossyNet
}

func (n farNet) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.currentNet.ListenUDP(network, at)
	return farConn{lossyConn{c, n.lossy}, n.delay}, err
}

type farConn struct {
	lossyConn
	delay time.Duration
}

func (c farConn) WriteTo(b []byte, to net.Addr) (int, error) {
	late := append([]byte(nil), b...)
	time.AfterFunc(c.delay, func() { _, _ = c.lossyConn.WriteTo(late, to) })
	return len(b), nil
}

// The other side in a browser: it answers, and says each half second how it gets on.
const parityPage = `<video id="v" autoplay muted></video><script>
(async () => {
  const pc = new RTCPeerConnection();
  pc.ontrack = ({streams}) => { v.srcObject = streams[0]; };
  const camera = await navigator.mediaDevices.getUserMedia({video: {width: 1280, height: 720}});
  pc.addTrack(camera.getVideoTracks()[0], camera);
  await pc.setRemoteDescription({type: 'offer', sdp: await (await fetch('/offer')).text()});
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete') await new Promise((next) => { pc.onicegatheringstatechange = next; });
  await fetch('/answer', {method: 'POST', body: pc.localDescription.sdp});
  for (;;) {
    await new Promise((next) => setTimeout(next, 500));
    for (const s of (await pc.getStats()).values())
      if (s.type === 'inbound-rtp' && s.kind === 'video')
        await fetch('/stats', {method: 'POST', body: JSON.stringify({
          decoded: s.framesDecoded, lost: s.packetsLost, keys: s.keyFramesDecoded})});
  }
})().catch((e) => fetch('/failed', {method: 'POST', body: String(e)}));
</script>`

// seen is how a browser gets on with our picture.
type seen struct{ Decoded, Lost, Keys int }

func startChromium(_ *testing.T, dir, url string) *exec.Cmd {
	return exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+dir,
		"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required", url)
}

func startFirefox(t *testing.T, dir, url string) *exec.Cmd {
	const prefs = `user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.autoplay.default", 0);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.devices.insecure.enabled", true);
user_pref("media.getusermedia.insecure.enabled", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("app.update.enabled", false);
`
	if err := os.WriteFile(filepath.Join(dir, "user.js"), []byte(prefs), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("firefox-esr", "--headless", "--no-remote", "--profile", dir, url)
	c.Env = append(os.Environ(), "HOME="+dir)
	return c
}

// A call with a browser, 120 ms away, while a twelfth of the picture is lost both
// ways. It gets its own picture back, of which nothing is sent again: all that it
// lost comes back by our parity. What we lost comes back by its own.
func TestParityWithBrowsers(t *testing.T) {
	if testing.Short() {
		t.Skip("a call with a browser takes 15 s")
	}
	for _, x := range []struct {
		program string
		start   func(t *testing.T, dir, url string) *exec.Cmd
	}{{"chromium", startChromium}, {"firefox-esr", startFirefox}} {
		t.Run(x.program, func(t *testing.T) {
			if _, err := exec.LookPath(x.program); err != nil {
				t.Skip("there is no " + x.program)
			}
			t.Parallel() // most of it is waiting
			parityWith(t, x.start)
		})
	}
}

func parityWith(t *testing.T, start func(t *testing.T, dir, url string) *exec.Cmd) {
	here, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	far := farNet{currentNet{here, newRelays()}, 120 * time.Millisecond, &lossyNet{dice: rand.New(rand.NewPCG(1, 2)), of: 12}}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var named []string // all: where none is named loopback is left out, and Firefox may have only that, or all but that
	for _, i := range interfaces {
		named = append(named, i.Name)
	}
	parley := makeEnd(t, Config{Interfaces: named}, signaling.Caller, far)
	offer, err := parley.Offer(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	answers, looks, failures := make(chan string, 1), make(chan seen, 1000), make(chan string, 10)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, parityPage)
	})
	mux.HandleFunc("GET /offer", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, offer.SDP) })
	mux.HandleFunc("POST /answer", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		answers <- string(b)
	})
	mux.HandleFunc("POST /stats", func(_ http.ResponseWriter, r *http.Request) {
		var s seen
		if json.NewDecoder(r.Body).Decode(&s) == nil {
			looks <- s
		}
	})
	mux.HandleFunc("POST /failed", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		failures <- string(b)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	dir, err := os.MkdirTemp("", "parity") //nolint:usetesting // t.TempDir fails where a browser's last process still writes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	browser := start(t, dir, server.URL)
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-browser.Process.Pid, syscall.SIGKILL)
		_ = browser.Wait()
	})

	select {
	case sdp := <-answers:
		if err := parley.SetAnswer(ctx(t), signaling.Description{Type: "answer", SDP: sdp}); err != nil {
			t.Fatal(err)
		}
	case why := <-failures:
		t.Fatal(why)
	case <-time.After(patience):
		t.Fatal("the browser does not answer")
	}
	until(t, parley.transport, TransportConnected)
	parley.Peer.video.rtp.mu.Lock()
	parley.Peer.video.rtp.history = nil
	parley.Peer.video.rtp.mu.Unlock()
	deadline := time.After(patience)
	toThem := false
	var since, last seen // the last key frame
	for {
		select {
		case f := <-parley.video: // back to where it came from
			_ = parley.WriteVideo(f)
		case <-parley.keyframe:
			parley.RequestKeyframe()
		case why := <-failures:
			t.Fatal(why)
		case last = <-looks:
			if since.Keys != last.Keys {
				since = last
			}
			// A single packet of a picture that is missing would end it. Without their
			// parity not one packet comes back.
			toThem = toThem || last.Decoded-since.Decoded > 45 && last.Lost-since.Lost > 8
			if s := parley.Stats(); toThem && s.Video.In.Recovered > 5 {
				t.Log(told(last, s))
				return
			}
		case <-deadline:
			t.Fatalf("to the browser %v: %s", toThem, told(last, parley.Stats()))
		}
	}
}

func told(last seen, s Stats) string {
	return fmt.Sprintf("the browser: %+v; we: %d pictures, %d packets back by parity; %d of parity sent, %.1f %% lost, RTT %v",
		last, s.Video.In.Frames, s.Video.In.Recovered, s.Video.Out.Parity, s.Loss*100, s.RTT)
}
