//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"parley/backend/frame"
	"parley/backend/peer"
	"parley/backend/signaling"
	"parley/backend/signaling/lan"
)

// The other side of a call whose cost is measured is on the same processor, which both
// ends together fill: then each gives way, and sends smaller pictures than it was asked
// for. So that other side encodes and decodes nothing: it sends a film that was encoded
// before.

// In the environment, replayIs makes this program that other side, and is the film, an IVF
// of VP8 whose first picture is a key frame.
const replayIs = "PARLEY_LAB_REPLAY"

// quietPacket is 20 ms of silence in Opus (RFC 6716, 3.1: fullband, mono, one frame).
var quietPacket = []byte{0xf8, 0xff, 0xfe}

// replayItself makes a room at an address, sends the film into it again and again, and tells
// the same as `parley call --json` does, as far as the laboratory asks.
func replayItself() int {
	if err := replay(context.Background(), os.Getenv(replayIs), os.Getenv(pageIs), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		return 1
	}
	return 0
}

func replay(ctx context.Context, film, page, address string) error {
	pictures, err := filmOf(film)
	if err != nil {
		return err
	}
	server, err := lan.Listen(ctx, lan.Config{Address: address + roomPort, Host: address, Page: os.DirFS(page)})
	if err != nil {
		return err
	}
	defer server.Close()
	room, err := server.Signaler().Create(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = room.Leave(ctx) }()

	again := make(chan struct{}, 1)
	p, err := peer.New(peer.Config{Codecs: []frame.Codec{frame.VP8}}, signaling.Caller, peer.Handlers{
		Candidate: func(c signaling.Candidate) { go func() { _ = room.SendCandidate(ctx, c) }() },
		Keyframe: func() {
			select {
			case again <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		return err
	}
	defer p.Close()
	offer, err := p.Offer(ctx)
	if err != nil {
		return err
	}
	if err := room.SendDescription(ctx, offer); err != nil {
		return err
	}
	tell := json.NewEncoder(os.Stdout)
	if err := tell.Encode(event{Event: "room", Invite: room.Invite().String()}); err != nil {
		return err
	}
	return send(ctx, p, room.Events(), pictures, again, func() error {
		in, out := p.Stats().Video.In, p.Stats().Video.Out
		e := event{Event: "stats"}
		e.Video.In = filmed{in.Width, in.Height, in.FPS}
		e.Video.Out = filmed{out.Width, out.Height, out.FPS}
		return tell.Encode(e)
	})
}

// send sends pictures and silence, and does what the other side says, until that leaves.
func send(ctx context.Context, p *peer.Peer, events <-chan signaling.Event, pictures []frame.Video, again <-chan struct{}, tell func() error) error {
	const rate = 30
	video, audio, second := time.NewTicker(time.Second/rate), time.NewTicker(20*time.Millisecond), time.NewTicker(time.Second)
	defer video.Stop()
	defer audio.Stop()
	defer second.Stop()
	start := time.Now()
	next := 0
	for {
		select {
		case <-again:
			next = 0
		case now := <-video.C:
			f := pictures[next%len(pictures)]
			next++
			f.Captured, f.Timestamp = now, uint32(now.Sub(start).Seconds()*90_000)
			_ = p.WriteVideo(f) // before there is a way
		case now := <-audio.C:
			_ = p.WriteAudio(frame.Audio{Data: quietPacket, Captured: now, Timestamp: uint32(now.Sub(start)/(20*time.Millisecond)) * 960})
		case <-second.C:
			if err := tell(); err != nil {
				return err
			}
		case e, open := <-events:
			var err error
			switch e := e.(type) {
			case signaling.DescriptionEvent:
				err = p.SetAnswer(ctx, e.Description)
			case signaling.CandidateEvent:
				err = p.AddCandidate(e.Candidate)
			}
			if err != nil || !open {
				return err
			}
		}
	}
}

// filmOf gives the pictures of a file.
func filmOf(name string) (pictures []frame.Video, err error) {
	file, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	list, err := readIVF(file)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || !list[0].key {
		return nil, errNoFilm
	}
	for _, x := range list {
		pictures = append(pictures, frame.Video{Codec: frame.VP8, Data: x.data, Key: x.key, Width: x.width, Height: x.height})
	}
	return pictures, nil
}
