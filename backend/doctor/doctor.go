// Package doctor finds out, before a call, whether it will work, and if not
// why: each check ends in a Finding with its cause and what to do next.
//
//	checks of the session (devices, signaling) ─┐
//	NAT: STUN from one socket to two servers ───┼─▶ findings ─▶ Verdict
//	relays: each over UDP, TCP, TLS ────────────┘
//
// It changes nothing and sends nothing of the user's to anybody.
package doctor

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Level is how bad a finding is.
type Level string

const (
	OK      Level = "ok"
	Warning Level = "warning" // a call works, with less or not everywhere
	Problem Level = "problem" // a call does not work, or lacks picture or sound
	Skipped Level = "skipped" // there was nothing to check
)

// Finding is the result of one check.
type Finding struct {
	Check string `json:"check"` // "camera", "nat", "relay turn:…"
	Level Level  `json:"level"`
	// Cause names the result for scripts and dictionaries: "camera_busy".
	Cause string `json:"cause"`
	What  string `json:"what"`           // one sentence
	Next  string `json:"next,omitempty"` // what to do about it
	// RTT is the round trip in ms and Loss the fraction lost, of relays.
	RTT  float64 `json:"rtt_ms,omitempty"`
	Loss float64 `json:"loss,omitempty"`
}

// Check is one thing to look at. Run returns by its context's deadline.
type Check struct {
	Name string
	Run  func(ctx context.Context) Finding
}

// checkTimeout bounds each check.
const checkTimeout = 10 * time.Second

// Run runs the checks side by side and tells each finding as it comes, from
// one goroutine. It returns them in the order of the checks.
func Run(ctx context.Context, checks []Check, found func(Finding)) []Finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	findings := make([]Finding, len(checks))
	var (
		mu   sync.Mutex
		work sync.WaitGroup
	)
	for i, c := range checks {
		work.Go(func() {
			f := c.Run(ctx)
			f.Check = c.Name
			mu.Lock()
			defer mu.Unlock()
			findings[i] = f
			found(f)
		})
	}
	work.Wait()
	return findings
}

// Verdict is the one finding that a user should act on first: the first
// problem, else the first warning. ok is false where there is neither.
func Verdict(findings []Finding) (f Finding, ok bool) {
	for _, level := range []Level{Problem, Warning} {
		if i := slices.IndexFunc(findings, func(f Finding) bool { return f.Level == level }); i >= 0 {
			return findings[i], true
		}
	}
	return Finding{}, false
}
