package peer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
	"parley/backend/signaling"
)

const (
	mimeRED      = "audio/red" // RFC 2198
	mimeVideoRED = "video/red"
)

// The codecs as they are offered. There is no RTX: pion's congestion control
// and its TWCC both lose sight of the RTX stream, so that repaired packets
// count as lost. Without RTX a lost packet is sent again on its own SSRC
// (RFC 4585, 6.2.1), which browsers do and take as well.
var (
	opusCodec = webrtc.RTPCodecParameters{
		PayloadType: 111,
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, // always 2 (RFC 7587, 7)
			SDPFmtpLine:  "minptime=10;useinbandfec=1;usedtx=1",
			RTCPFeedback: []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBTransportCC}},
		},
	}
	// redCodec is the redundancy for it, under the payload type that browsers
	// give it. It stands second, so that a browser sends it only once it wants to.
	redCodec = webrtc.RTPCodecParameters{
		PayloadType: 63,
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: mimeRED, ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111",
		},
	}
	// parityCodecs protect VP8: RED (RFC 2198) tells its packets and those of
	// parity (RFC 5109) apart, under the payload types that Firefox gives them. They
	// stand last: nobody sends pictures as such.
	parityCodecs = []webrtc.RTPCodecParameters{
		{PayloadType: 122, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeVideoRED, ClockRate: 90000}},
		{PayloadType: 123, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeUlpFEC, ClockRate: 90000}},
	}
	videoFeedback = []webrtc.RTCPFeedback{
		{Type: webrtc.TypeRTCPFBTransportCC},
		{Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"},
		{Type: webrtc.TypeRTCPFBNACK},
		{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"},
	}
	videoCodecs = map[frame.Codec]webrtc.RTPCodecParameters{
		frame.VP8: {
			PayloadType: 96,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: videoFeedback,
			},
		},
		// Constrained baseline in the non-interleaved mode, which every
		// browser has (RFC 7742, 6.2). Mode 0 cannot split a picture (RFC 6184, 6.2).
		frame.H264: {
			PayloadType: 102,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeH264, ClockRate: 90000, RTCPFeedback: videoFeedback,
				SDPFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
			},
		},
	}
)

// preferCodecs has the answer list the codecs of both in the given order.
func (p *Peer) preferCodecs(order []frame.Codec) error {
	if t := p.audio.rtp.transceiver; t.Mid() != "" {
		codecs := voiceCodecs(t.Sender().GetParameters().Codecs)
		if len(codecs) == 0 {
			return fmt.Errorf("%w: no Opus", ErrNoCommonCodec)
		}
		codecs[0].SDPFmtpLine = opusCodec.SDPFmtpLine // what we send and take, not an echo of theirs
		if err := t.SetCodecPreferences(codecs); err != nil {
			return fmt.Errorf("%w: %w", ErrNoCommonCodec, err)
		}
	}
	for _, v := range p.pictures() {
		t := v.rtp.transceiver
		if t == nil || t.Mid() == "" {
			continue
		}
		negotiated := t.Sender().GetParameters().Codecs
		codecs := inOrder(negotiated, order)
		if len(codecs) == 0 {
			return fmt.Errorf("%w: no video codec", ErrNoCommonCodec)
		}
		if err := t.SetCodecPreferences(append(codecs, parityOf(negotiated)...)); err != nil {
			return fmt.Errorf("%w: %w", ErrNoCommonCodec, err)
		}
	}
	return nil
}

// inOrder picks from the negotiated codecs those that we encode, ours first.
func inOrder(negotiated []webrtc.RTPCodecParameters, ours []frame.Codec) []webrtc.RTPCodecParameters {
	var picked []webrtc.RTPCodecParameters
	for _, want := range ours {
		for _, c := range negotiated {
			if codecOf(c) == want {
				picked = append(picked, c)
				break
			}
		}
	}
	return picked
}

// parityOf picks RED and parity from the negotiated codecs; nil without both.
func parityOf(negotiated []webrtc.RTPCodecParameters) []webrtc.RTPCodecParameters {
	var picked []webrtc.RTPCodecParameters
	for _, ours := range parityCodecs {
		i := slices.IndexFunc(negotiated, func(c webrtc.RTPCodecParameters) bool { return strings.EqualFold(c.MimeType, ours.MimeType) })
		if i < 0 {
			return nil
		}
		picked = append(picked, negotiated[i])
	}
	return picked
}

// sendingFirst are our codecs, the one that is sent before the others: a later
// answer changes none.
func (p *Peer) sendingFirst() []frame.Codec {
	p.video.mu.Lock()
	defer p.video.mu.Unlock()
	order := []frame.Codec{p.video.codec}
	return append(order, slices.DeleteFunc(slices.Clone(p.codecs), func(c frame.Codec) bool { return c == p.video.codec })...)
}

// voiceCodecs picks Opus from the negotiated codecs, and after it the redundancy
// that carries this one, where there is some.
func voiceCodecs(negotiated []webrtc.RTPCodecParameters) []webrtc.RTPCodecParameters {
	opus := slices.IndexFunc(negotiated, isOpus)
	if opus < 0 {
		return nil
	}
	picked := []webrtc.RTPCodecParameters{negotiated[opus]}
	for _, c := range negotiated {
		if isRED(c, negotiated[opus].PayloadType) {
			return append(picked, c)
		}
	}
	return picked
}

// isRED tells whether c is redundancy for what has this payload type: its
// parameters are the payload types of its blocks (RFC 2198, 5).
func isRED(c webrtc.RTPCodecParameters, of webrtc.PayloadType) bool {
	return strings.EqualFold(c.MimeType, mimeRED) &&
		!slices.ContainsFunc(strings.Split(c.SDPFmtpLine, "/"), func(pt string) bool { return pt != strconv.Itoa(int(of)) })
}

func isOpus(c webrtc.RTPCodecParameters) bool {
	return strings.EqualFold(c.MimeType, webrtc.MimeTypeOpus)
}

// codecOf is the codec of a negotiated format, "" where we cannot packetise it.
func codecOf(c webrtc.RTPCodecParameters) frame.Codec {
	switch {
	case strings.EqualFold(c.MimeType, webrtc.MimeTypeVP8):
		return frame.VP8
	case strings.EqualFold(c.MimeType, webrtc.MimeTypeH264) && strings.Contains(c.SDPFmtpLine, "packetization-mode=1"):
		return frame.H264
	}
	return ""
}

// pick is the codec to send: the first of the answer. As callee that is the
// first of ours, in whatever order the offer had them.
func (p *Peer) pick(negotiated []webrtc.RTPCodecParameters) (webrtc.RTPCodecParameters, bool) {
	if p.role == signaling.Callee {
		negotiated = inOrder(negotiated, p.codecs)
	}
	for _, c := range negotiated {
		if slices.Contains(p.codecs, codecOf(c)) {
			return c, true
		}
	}
	return webrtc.RTPCodecParameters{}, false
}
