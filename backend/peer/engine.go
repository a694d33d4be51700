package peer

import (
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/stats"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/webrtc/v4"

	"parley/backend/frame"
	"parley/backend/signaling"
)

const (
	// disconnectedAfter is the silence that counts as a break. A user should be
	// told within a second; pion looks each keepAlive, and that long after the
	// last check was sent the next one is answered.
	disconnectedAfter = 700 * time.Millisecond
	failedAfter       = 30 * time.Second       // of being disconnected
	codeTimeout       = 10 * time.Minute       // for the first sign of a side whose user types
	keepAlive         = 300 * time.Millisecond // between STUN checks, which are answered: 3 kbit/s each way
	betterDirect      = 50 * time.Millisecond  // for two in one network to find each other there, or around a relay
	maxChecks         = 150                    // of one pair, 200 ms apart: as long as failedAfter. pion's 7 are gone before a NAT is open
	handshakeRetry    = 100 * time.Millisecond // the first wait for DTLS's answer
	maxControlRetry   = 2 * time.Second        // after a break the control channel does not lie idle for a minute
	feedbackInterval  = 100 * time.Millisecond
)

// newAPI registers codecs, interceptors and ICE settings.
func (p *Peer) newAPI(cfg Config, on transport.Net) (*webrtc.API, error) {
	media := &webrtc.MediaEngine{}
	// Without parameters, which theirs then match in any form: beside a codec that
	// matches in full, as redundancy does, pion drops one that does so in part.
	opus := opusCodec
	opus.SDPFmtpLine = ""
	for _, c := range []webrtc.RTPCodecParameters{opus, redCodec} {
		if err := media.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	for _, c := range cfg.Codecs {
		codec, ok := videoCodecs[c]
		if !ok {
			return nil, fmt.Errorf("video codec %q", c)
		}
		if err := media.RegisterCodec(codec, webrtc.RTPCodecTypeVideo); err != nil {
			return nil, err
		}
	}
	if slices.Contains(cfg.Codecs, frame.VP8) { // by the others they cannot be used, and beside them pion drops what matches in part
		for _, c := range parityCodecs {
			if err := media.RegisterCodec(c, webrtc.RTPCodecTypeVideo); err != nil {
				return nil, err
			}
		}
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.TransportCCURI}, kind); err != nil {
			return nil, err
		}
	}
	logs := newLoggerFactory()
	interceptors, err := p.newInterceptors(logs)
	if err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{LoggerFactory: logs}
	failed := failedAfter
	if cfg.Patient {
		failed = codeTimeout
	}
	settings.SetICEMaxBindingRequests(maxChecks)
	settings.SetICETimeouts(disconnectedAfter, failed, keepAlive)
	// pion's window of 64 packets is a quarter of a second of picture: what was
	// sent again came later than that, and was dropped as a replay. libwebrtc
	// allows 1024.
	settings.SetSRTPReplayProtectionWindow(window)
	// A packet that is sent again keeps its sequence number and gets a new TWCC
	// number. Under AES-GCM that would be one nonce for two messages, which gives
	// the key of its authentication away (RFC 7714, security considerations); with counter mode and
	// HMAC, which every side has (RFC 8827, 6.5), it is the same text encrypted alike.
	settings.SetSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	// pion waits a second for an answer, which makes calls over a link that loses
	// packets begin seconds late; BoringSSL in browsers waits 50 ms, or two round
	// trips. It waits twice as long each time.
	settings.SetDTLSRetransmissionInterval(handshakeRetry)
	// A round trip less: ICE has shown already that the other side is at its
	// address, and browsers leave the question out too.
	settings.SetDTLSInsecureSkipHelloVerify(true)
	settings.SetSCTPMaxReceiveBufferSize(1 << 20)
	settings.SetSCTPMaxMessageSize(1 << 16)
	settings.SetSCTPRTOMax(maxControlRetry)
	// A phone that has not granted camera or microphone yet hides its address
	// behind a .local name, which we look up. We do not hide ours: the other
	// side may have no mDNS, and the room is private.
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeQueryOnly)
	// How long a better pair is waited for. pion does not leave the one that it has
	// nominated; a relay we leave ourselves (direct.go). Two in one network answer each
	// other within betterDirect; a phone that hides its address there is always
	// peer-reflexive.
	settings.SetPrflxAcceptanceMinWait(betterDirect)
	settings.SetSrflxAcceptanceMinWait(betterDirect)
	settings.SetRelayAcceptanceMinWait(betterDirect)
	if cfg.RelayOnly {
		settings.SetRelayAcceptanceMinWait(0)
	}
	if len(cfg.Interfaces) > 0 {
		settings.SetInterfaceFilter(func(name string) bool { return slices.Contains(cfg.Interfaces, name) })
		settings.SetIncludeLoopbackCandidate(slices.ContainsFunc(cfg.Interfaces, isLoopback))
	}
	if on == nil {
		here, err := stdnet.NewNet()
		if err != nil {
			return nil, err
		}
		on = currentNet{here, p.relays}
	}
	if p.role == signaling.Caller {
		on = checkedNet{on, p.checks}
		settings.SetICEBindingRequestHandler(p.checks.chosen)
	}
	settings.SetNet(on)
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(settings)), nil
}

// newInterceptors registers what stands between the tracks and the network. On
// the way out the last one added is the first to see a packet: the TWCC number
// is given before the estimator notes it. Repair is ours (nack.go, rtpsender.go).
func (p *Peer) newInterceptors(logs logging.LoggerFactory) (*interceptor.Registry, error) {
	congestion, err := p.newEstimator()
	if err != nil {
		return nil, err
	}
	numbers, err := twcc.NewHeaderExtensionInterceptor()
	if err != nil {
		return nil, err
	}
	feedback, err := twcc.NewSenderInterceptor(twcc.SendInterval(feedbackInterval), twcc.WithLoggerFactory(logs))
	if err != nil {
		return nil, err
	}
	// Receiver reports only: the sender reports are ours (rtpsender.go).
	reports, err := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(logs))
	if err != nil {
		return nil, err
	}
	counts, err := stats.NewInterceptor(stats.WithLoggerFactory(logs))
	if err != nil {
		return nil, err
	}
	counts.OnNewPeerConnection(func(_ string, g stats.Getter) { p.counters = g })
	registry := &interceptor.Registry{}
	for _, f := range []interceptor.Factory{congestion, numbers, feedback, reports, counts} {
		registry.Add(f)
	}
	return registry, nil
}

// AddICEServers adds servers that the room named. It is for a callee, before
// Answer; the error wraps ErrBadConfig, and no server is added.
func (p *Peer) AddICEServers(list []ICEServer) error {
	c := p.pc.GetConfiguration()
	c.ICEServers = append(slices.Clone(c.ICEServers), configuration(Config{ICEServers: list}).ICEServers...)
	if err := p.pc.SetConfiguration(c); err != nil {
		return fmt.Errorf("add ICE servers: %w: %w", ErrBadConfig, err)
	}
	p.relays.ask(list)
	return nil
}

func configuration(cfg Config) webrtc.Configuration {
	c := webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle}
	for _, s := range cfg.ICEServers {
		c.ICEServers = append(c.ICEServers, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	if cfg.RelayOnly {
		c.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	return c
}

func isLoopback(name string) bool {
	i, err := net.InterfaceByName(name)
	return err == nil && i.Flags&net.FlagLoopback != 0
}

// newLoggerFactory keeps pion quiet, whose warnings name addresses, unless one
// of its PION_LOG_* environment variables asks for more.
func newLoggerFactory() logging.LoggerFactory {
	f := logging.NewDefaultLoggerFactory()
	if f.DefaultLogLevel <= logging.LogLevelError {
		f.DefaultLogLevel = logging.LogLevelDisabled
		if len(f.ScopeLevels) == 0 {
			f.Writer = io.Discard
		}
	}
	return f
}
