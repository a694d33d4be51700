package manual

import (
	"context"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"parley/backend/signaling"
)

// newPeer is a plain PeerConnection with sound and a picture to send, whose
// candidates go into the room as they come.
func newPeer(t *testing.T, room signaling.Room) *webrtc.PeerConnection {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := pc.AddTransceiverFromKind(kind); err != nil {
			t.Fatal(err)
		}
	}
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		var init webrtc.ICECandidateInit // the last one is empty
		if c != nil {
			init = c.ToJSON()
		}
		_ = room.SendCandidate(context.Background(), signaling.Candidate{Candidate: init.Candidate, SDPMid: init.SDPMid, SDPMLineIndex: init.SDPMLineIndex})
	})
	return pc
}

// describe sets pc's own description and gives the code that it makes.
func describe(t *testing.T, pc *webrtc.PeerConnection, room *Room, d webrtc.SessionDescription) string {
	t.Helper()
	if err := room.SendDescription(t.Context(), signaling.Description{Type: d.Type.String(), SDP: d.SDP}); err != nil {
		t.Fatal(err)
	}
	if err := pc.SetLocalDescription(d); err != nil {
		t.Fatal(err)
	}
	return codeOf(t, room)
}

func TestTwoPeersConnectWithNothingButCodes(t *testing.T) {
	var ours, other Signaler
	room := create(t, &ours)
	caller := newPeer(t, room)
	heard := make(chan string, 1)
	channel, err := caller.CreateDataChannel("parley", nil)
	if err != nil {
		t.Fatal(err)
	}
	channel.OnMessage(func(m webrtc.DataChannelMessage) { heard <- string(m.Data) })
	offer, err := caller.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	code := describe(t, caller, room, offer)

	answering := join(t, &other, code)
	callee := newPeer(t, answering)
	callee.OnDataChannel(func(c *webrtc.DataChannel) {
		c.OnOpen(func() { _ = c.SendText("hello") })
	})
	if err := callee.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: theirs(t, answering).SDP}); err != nil {
		t.Fatal(err)
	}
	answer, err := callee.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	back := describe(t, callee, answering, answer)

	if err := room.TakeCode(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	if err := caller.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: theirs(t, room).SDP}); err != nil {
		t.Fatal(err)
	}
	select {
	case text := <-heard:
		t.Logf("heard %q after codes of %d and %d characters", text, len(code), len(back))
	case <-time.After(20 * time.Second):
		t.Fatalf("not connected: %v, %v", caller.ICEConnectionState(), callee.ICEConnectionState())
	}
}
