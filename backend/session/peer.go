package session

import (
	"context"
	"sync/atomic"

	"parley/backend/call"
	"parley/backend/chat"
	"parley/backend/frame"
	"parley/backend/peer"
	"parley/backend/signaling"
)

// livePeer is the peer of the call under way; closed, it is no longer.
type livePeer struct {
	*peer.Peer
	session *Session
	chat    *chat.Chat
	met     atomic.Bool // the two were connected
	held    atomic.Bool
}

// newPeer makes the peer of a call and joins it to the devices and the tracks.
func (s *Session) newPeer(o call.PeerOptions, h call.PeerHandlers) (call.Peer, error) {
	live := &livePeer{session: s}
	live.chat = s.Chats.begin(live)
	p, err := peer.New(s.peerConfig(o), o.Role, s.peerHandlers(live, h))
	if err != nil {
		s.Chats.end(live.chat)
		return nil, err
	}
	live.Peer = p
	s.setPeer(live)
	return live, nil
}

// peerHandlers hand on what a peer says: to the call, to the devices and to the page.
func (s *Session) peerHandlers(live *livePeer, h call.PeerHandlers) peer.Handlers {
	return peer.Handlers{
		Candidate: h.Candidate,
		Transport: func(t peer.Transport) {
			if t == peer.TransportConnected {
				live.met.Store(true)
			}
			if t != peer.TransportNew {
				h.Transport(call.Transport(t))
			}
		},
		Network:     h.Network,
		Open:        h.Open,
		Message:     h.Message,
		VideoCodec:  whileLive(live, s.devices.setCodec),
		Target:      whileLive(live, s.devices.setBitrate),
		AudioTarget: whileLive(live, s.devices.setVoice),
		Keyframe: func() {
			if live.current() {
				s.devices.keyframe()
			}
		},
		ScreenCodec: whileLive(live, s.devices.setScreenCodec),
		ScreenKeyframe: func() {
			if live.current() {
				s.devices.screenKeyframe()
			}
		},
		Screen:    whileLive(live, s.receiveScreen),
		Video:     whileLive(live, s.receiveVideo),
		Audio:     whileLive(live, s.receiveAudio),
		AudioLoss: whileLive(live, s.devices.setLoss),
		Chat:      chatHandlers(live.chat),
	}
}

// whileLive hands on to do what a peer says, unless it is another call's.
func whileLive[T any](p *livePeer, do func(T)) func(T) {
	return func(v T) {
		if p.current() {
			do(v)
		}
	}
}

// current tells whether this is the peer of the call under way.
func (p *livePeer) current() bool {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	return p.session.peer == p
}

// setPeer makes p, or none, the peer of the call under way. Nothing of the one
// before stays: not its picture, not its bitrate.
func (s *Session) setPeer(p *livePeer) {
	s.mu.Lock()
	s.peer = p
	s.mu.Unlock()
	s.devices.setBitrate(previewBitrate)
	s.devices.setVoice(wholeVoice)
	if s.remote != nil {
		s.remote.Clear()
		s.screen.Clear()
	}
}

func (s *Session) peerConfig(o call.PeerOptions) peer.Config {
	c := peer.Config{
		Interfaces: s.config.ICE.Interfaces,
		Patient:    o.Patient,
		ICEServers: s.rooms.lan.iceServers(o.Role),
		RelayOnly:  s.config.ICE.RelayOnly,
		Codecs:     []frame.Codec{frame.VP8, frame.H264},
		Logger:     s.log,
	}
	if frame.Codec(s.config.Video.Codec) == frame.H264 {
		c.Codecs = []frame.Codec{frame.H264, frame.VP8}
	}
	return c
}

// Answer answers with the help of the servers that the room's own names, too.
func (p *livePeer) Answer(ctx context.Context, offer signaling.Description) (signaling.Description, error) {
	if named := p.session.rooms.iceServers(); len(named) > 0 {
		if err := p.AddICEServers(named); err != nil {
			p.session.log.Warn("the ICE servers of the room cannot be used", "err", err)
		}
	}
	return p.Peer.Answer(ctx, offer)
}

// Hold keeps back what the other side writes and hands over as well as its media.
func (p *livePeer) Hold(held bool) {
	p.held.Store(held)
	p.chat.Hold(held)
	p.Peer.Hold(held)
}

// Close ends the peer, and the picture of the other side with it.
func (p *livePeer) Close() error {
	if p.current() {
		p.session.setPeer(nil)
	}
	p.session.Chats.end(p.chat)
	return p.Peer.Close()
}
