package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// measure is of the way to a relay.
type measure struct {
	rtt  float64 // ms; 0: not known
	loss float64 // of the round trips, 0 to 1; over TCP it shows as delay
}

const (
	lossy = 0.05 // from here on gaps are heard
	slow  = 250  // ms: with the other side's half, beyond the 150 ms one way that ITU-T G.114 calls good
)

func (m measure) finding(protocol string) Finding {
	f := Finding{Level: OK, Cause: "reachable", RTT: m.rtt, Loss: m.loss, What: fmt.Sprintf("The relay answers over %s, in %.0f ms.", strings.ToUpper(protocol), m.rtt)}
	switch {
	case m.rtt == 0:
		f.What = fmt.Sprintf("The relay answers over %s.", strings.ToUpper(protocol))
	case m.loss >= lossy:
		f.Level, f.Cause = Warning, "lossy"
		f.What = fmt.Sprintf("The relay answers over %s, in %.0f ms, but %.0f %% of the packets are lost.", strings.ToUpper(protocol), m.rtt, 100*m.loss)
		f.Next = "Picture and sound will suffer. Use a cable or come nearer to the access point, and stop what else fills the line."
	case m.rtt >= slow:
		f.Level, f.Cause = Warning, "slow"
		f.What = fmt.Sprintf("The relay answers over %s, but takes %.0f ms.", strings.ToUpper(protocol), m.rtt)
		f.Next = "People will talk over each other. A relay that is nearer helps, and a line that nothing else fills."
	}
	return f
}

// measureUDP asks the relay how it sees us, again and again, and nothing twice. The
// round trip is the median. A relay that answers none of it may still relay.
func measureUDP(ctx context.Context, uri *stun.URI) (measure, error) {
	to, err := resolve(ctx, uri)
	if err != nil {
		return measure{}, err
	}
	conn, err := net.DialUDP("udp4", nil, to) // connected: it hears that nothing listens there
	if err != nil {
		return measure{}, err
	}
	defer conn.Close()
	sent := map[[stun.TransactionIDSize]byte]time.Time{}
	var took []float64
	buffer := make([]byte, 1500)
	begin := time.Now()
	for ctx.Err() == nil && len(took) < probes {
		due := begin.Add(time.Duration(len(sent)) * probeEvery)
		all := len(sent) == probes
		if all {
			due = due.Add(probePatience)
		}
		switch late := !time.Now().Before(due); {
		case late && all:
			return measured(took), nil
		case late:
			request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
			sent[request.TransactionID] = time.Now()
			if _, err := conn.Write(request.Raw); err != nil {
				return measure{}, err
			}
			continue
		}
		if err := conn.SetReadDeadline(due); err != nil {
			return measure{}, err
		}
		n, err := conn.Read(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return measure{}, err
		}
		m := &stun.Message{Raw: append([]byte(nil), buffer[:n]...)}
		if m.Decode() != nil {
			continue
		}
		if at := sent[m.TransactionID]; !at.IsZero() {
			took = append(took, float64(time.Since(at).Microseconds())/1000)
			sent[m.TransactionID] = time.Time{} // an answer that comes twice counts once
		}
	}
	return measured(took), ctx.Err()
}

func measured(took []float64) measure {
	if len(took) == 0 {
		return measure{}
	}
	slices.Sort(took)
	return measure{rtt: took[len(took)/2], loss: 1 - float64(len(took))/probes}
}

// measureTCP takes the shortest of some round trips: TCP repairs loss by delay.
func measureTCP(client *turn.Client) (m measure) {
	const rounds = 5
	for range rounds {
		begin := time.Now()
		if _, err := client.SendBindingRequest(); err != nil {
			return m
		}
		if took := float64(time.Since(begin).Microseconds()) / 1000; m.rtt == 0 || took < m.rtt {
			m.rtt = took
		}
	}
	return m
}
