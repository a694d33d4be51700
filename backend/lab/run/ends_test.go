//go:build linux

package main

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
)

// TestEndsGoBackwards: each is ended once, the last first, whatever the others say.
func TestEndsGoBackwards(t *testing.T) {
	var e ends
	var order []int
	wrong := errors.New("wrong")
	for i := range 3 {
		e.add(func() error { order = append(order, i); return wrong })
	}
	if err := e.Close(); !errors.Is(err, wrong) {
		t.Error(err)
	}
	if err := e.Close(); err != nil || !slices.Equal(order, []int{2, 1, 0}) {
		t.Errorf("ended in the order %v, again: %v", order, err)
	}
}

// TestTogether: each has begun before any is done.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun, wrong := make(chan int), errors.New("wrong")
		var got int
		err := together(func() error { begun <- 7; return wrong }, into(&got, func() (int, error) { return <-begun, nil }))
		if got != 7 || !errors.Is(err, wrong) {
			t.Errorf("got %d, %v", got, err)
		}
	})
}

// TestNoCallBesideTheRestOfAnother: who waits waits for the end and the score of the call
// before, and its problems are kept.
func TestNoCallBesideTheRestOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scored := make(chan struct{})
		r := &result{Scenario: "a", Way: ours}
		wait := r.finish(func() error { <-scored; return errors.New("not ended") }, errors.New("no picture"))
		alone := make(chan struct{})
		go func() { defer close(alone); wait() }()
		synctest.Wait()
		select {
		case <-alone:
			t.Error("a call goes on beside the scoring of another")
		default:
		}
		close(scored)
		<-alone
		if r.Problem != "no picture\nnot ended" {
			t.Errorf("%q is told", r.Problem)
		}
	})
}
