package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// socket is a computer that devices are plugged into: the first of each kind is
// the default. It moves the default microphone and speaker itself, as sound
// servers do, and tells of what stopped.
type socket struct {
	mu    sync.Mutex
	there map[string][]string // camera, microphone, speaker: IDs
	seen  map[string][]string
	want  Want
	opens int // of the camera
	seq   int // of reports
}

func (s *socket) Apply(ctx context.Context, w Want) Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		s.seq++
		return Report{Seq: s.seq}
	}
	if w.Camera && w.Choice.Camera != s.want.Choice.Camera {
		s.opens++
	}
	s.want = w
	return s.report()
}

func (s *socket) Mute(bool) {}
func (s *socket) Limit(int) {}

// report is what runs; mu is held.
func (s *socket) report() (r Report) {
	s.seq++
	r.Seq = s.seq
	if s.want.Camera {
		r.Camera = s.status("camera", s.want.Choice.Camera)
	}
	if s.want.Sound {
		r.Microphone = s.status("microphone", s.want.Choice.Microphone)
		r.Speaker = s.status("speaker", s.want.Choice.Speaker)
	}
	return r
}

func (s *socket) status(kind, wanted string) Status {
	there := s.there[kind]
	if wanted == "" && len(there) > 0 {
		wanted = there[0]
	}
	if !slices.Contains(there, wanted) {
		return Status{Problem: &Error{Code: NoCamera, Err: errors.New("none")}}
	}
	return Status{ID: wanted, Name: strings.ToUpper(wanted)}
}

func (s *socket) list() DeviceList {
	of := func(kind string) (all []ListedDevice) {
		for i, id := range s.there[kind] {
			all = append(all, ListedDevice{ID: id, Name: strings.ToUpper(id), Default: i == 0})
		}
		for _, id := range s.seen[kind] {
			if !slices.Contains(s.there[kind], id) {
				all = append(all, ListedDevice{ID: id, Name: strings.ToUpper(id), Absent: true})
			}
		}
		return all
	}
	return DeviceList{Cameras: of("camera"), Microphones: of("microphone"), Speakers: of("speaker")}
}

// plug puts a device in, at the front or at the end, or takes it out; the call
// is told in one order or the other.
func (s *socket) plug(c *Call, kind, id string, first, reportFirst bool) {
	s.mu.Lock()
	if i := slices.Index(s.there[kind], id); i >= 0 {
		s.there[kind] = slices.Delete(s.there[kind], i, i+1)
	} else if first {
		s.there[kind] = slices.Insert(s.there[kind], 0, id)
	} else {
		s.there[kind] = append(s.there[kind], id)
	}
	if !slices.Contains(s.seen[kind], id) {
		s.seen[kind] = append(s.seen[kind], id)
	}
	list, report := s.list(), s.report()
	s.mu.Unlock()
	tell := []func(){func() { c.DevicesListed(list) }, func() { c.DevicesChanged(report) }}
	if reportFirst {
		slices.Reverse(tell)
	}
	for _, f := range tell {
		f()
	}
}

func inSocket(t *testing.T, choice Choice, test func(t *testing.T, c *Call, s *socket)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		_ = w.call.Close()
		s := &socket{there: map[string][]string{}, seen: map[string][]string{}}
		c := New(Deps{Signaling: w, NewPeer: w.newPeer, Devices: s, Choice: choice, Logger: w.call.deps.Logger})
		defer c.Close()
		test(t, c, s)
	})
}

// TestAnyOrderOfPlugs holds what runs, after each plug, against the rules.
func TestAnyOrderOfPlugs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.SampledFrom([]string{"a", "b", "c"})
		kinds := rapid.SampledFrom([]string{"camera", "microphone", "speaker"})
		maybe := rapid.SampledFrom([]string{"", "a", "b", "c"})
		choice := Choice{maybe.Draw(rt, "camera"), maybe.Draw(rt, "microphone"), maybe.Draw(rt, "speaker")}
		type plug struct {
			kind, id           string
			first, told, rests bool
		}
		plugs := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) plug {
			return plug{kinds.Draw(rt, "kind"), id.Draw(rt, "id"), rapid.Bool().Draw(rt, "first"), rapid.Bool().Draw(rt, "report first"), rapid.Bool().Draw(rt, "rests")}
		}), 1, 25).Draw(rt, "plugs")
		var problem string
		inSocket(t, choice, func(t *testing.T, c *Call, s *socket) {
			for _, k := range []string{"camera", "microphone", "speaker"} { // all were seen once
				s.seen[k] = []string{"a", "b", "c"}
			}
			c.DevicesListed(s.list())
			_ = c.CheckDevices(ctx, true)
			synctest.Wait()
			for i, p := range plugs {
				before := c.Snapshot().Camera.Name
				s.mu.Lock()
				opens := s.opens
				s.mu.Unlock()
				s.plug(c, p.kind, p.id, p.first, p.told)
				if !p.rests && i < len(plugs)-1 {
					continue
				}
				synctest.Wait()
				now := c.Snapshot()
				for kind, d := range map[string]Device{"camera": now.Camera, "microphone": now.Microphone, "speaker": now.Speaker} {
					s.mu.Lock()
					err := s.holds(kind, choice, d)
					s.mu.Unlock()
					if err != nil {
						problem = fmt.Sprintf("after %+v: %v", p, err)
						return
					}
				}
				s.mu.Lock()
				opened := s.opens != opens
				s.mu.Unlock()
				if i > 0 && plugs[i-1].rests && p.kind == "camera" && now.Camera.Name == before && opened {
					problem = fmt.Sprintf("after %+v the camera was opened anew though it stayed", p)
					return
				}
			}
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

// holds tells what is wrong with the device that runs of a kind.
func (s *socket) holds(kind string, choice Choice, d Device) error {
	there := s.there[kind]
	wanted := map[string]string{"camera": choice.Camera, "microphone": choice.Microphone, "speaker": choice.Speaker}[kind]
	runs := strings.ToLower(d.Name)
	switch {
	case len(there) == 0:
		if d.Name != "" || d.Problem == "" {
			return fmt.Errorf("%s %+v, and there is none", kind, d)
		}
	case d.Problem != "":
		return fmt.Errorf("%s has problem %s, and there are %v", kind, d.Problem, there)
	case !slices.Contains(there, runs):
		return fmt.Errorf("%s %s runs and is not there", kind, runs)
	case slices.Contains(there, wanted) && runs != wanted:
		return fmt.Errorf("%s %s runs, %s was chosen and is there", kind, runs, wanted)
	case kind != "camera" && !slices.Contains(there, wanted) && runs != there[0]:
		return fmt.Errorf("%s %s runs, the default is %s", kind, runs, there[0])
	case d.Change == Gone && slices.Contains(there, strings.ToLower(d.Was)) && kind == "camera" && wanted == strings.ToLower(d.Was):
		return fmt.Errorf("%s %s is told to be gone, and is there", kind, d.Was)
	case d.Change == Back && d.Was != d.Name:
		return fmt.Errorf("%s %s is told to be back, and %s runs", kind, d.Was, d.Name)
	}
	return nil
}

func TestUnpluggedDeviceIsReplacedAndToldAndTakenAgain(t *testing.T) {
	for _, kind := range []string{"camera", "microphone", "speaker"} {
		for _, chosen := range []string{"", "a"} {
			t.Run(kind+" chosen "+chosen, func(t *testing.T) {
				inSocket(t, Choice{Camera: chosen, Microphone: chosen, Speaker: chosen}, func(t *testing.T, c *Call, s *socket) {
					device := func() Device {
						synctest.Wait()
						n := c.Snapshot()
						return map[string]Device{"camera": n.Camera, "microphone": n.Microphone, "speaker": n.Speaker}[kind]
					}
					s.plug(c, kind, "a", true, false)
					s.plug(c, kind, "b", false, false)
					_ = c.CheckDevices(ctx, true)
					if d := device(); d.Name != "A" || d.Change != "" {
						t.Fatalf("to begin with %+v", d)
					}
					s.plug(c, kind, "a", false, false)
					if d := device(); d.Name != "B" || d.Change != Gone || d.Was != "A" {
						t.Errorf("unplugged: %+v", d)
					}
					s.plug(c, kind, "a", true, false)
					if d := device(); d.Name != "A" || d.Change != Back || d.Was != "A" {
						t.Errorf("plugged in again: %+v", d)
					}
					s.plug(c, kind, "b", false, false)
					s.plug(c, kind, "a", false, false)
					if d := device(); d.Name != "" || d.Problem == "" {
						t.Errorf("the last one unplugged: %+v", d)
					}
					s.plug(c, kind, "a", false, false)
					if d := device(); d.Name != "A" || d.Change != Back {
						t.Errorf("the only one plugged in again: %+v", d)
					}
				})
			})
		}
	}
}

func TestRememberedDeviceThatIsAwayIsSilentlyTheDefault(t *testing.T) {
	inSocket(t, Choice{Camera: "away", Microphone: "away"}, func(t *testing.T, c *Call, s *socket) {
		s.there = map[string][]string{"camera": {"a"}, "microphone": {"a"}, "speaker": {"a"}}
		s.seen = map[string][]string{"camera": {"away"}, "microphone": {"away"}}
		c.DevicesListed(s.list())
		_ = c.CheckDevices(ctx, true)
		synctest.Wait()
		n := c.Snapshot()
		if n.Camera != (Device{On: true, Name: "A"}) || n.Microphone != (Device{On: true, Name: "A"}) {
			t.Errorf("camera %+v, microphone %+v", n.Camera, n.Microphone)
		}
		if n.Choice.Camera != "away" {
			t.Error("the choice is forgotten")
		}
	})
}

func TestAnotherCameraThatIsPluggedInShowsNobody(t *testing.T) {
	inSocket(t, Choice{}, func(t *testing.T, c *Call, s *socket) {
		s.plug(c, "camera", "b", true, false)
		_ = c.CheckDevices(ctx, true)
		synctest.Wait()
		s.plug(c, "camera", "a", true, false) // the default from now on
		synctest.Wait()
		if n := c.Snapshot(); n.Camera.Name != "B" || s.opens != 1 {
			t.Errorf("camera %+v, opened %d times", n.Camera, s.opens)
		}
		_ = c.Choose(ctx, Choice{Microphone: "x"}) // of another kind
		synctest.Wait()
		if n := c.Snapshot(); n.Camera.Name != "B" {
			t.Errorf("camera %+v", n.Camera)
		}
		_ = c.Choose(ctx, Choice{Camera: "b"})
		_ = c.Choose(ctx, Choice{})
		synctest.Wait()
		if n := c.Snapshot(); n.Camera.Name != "A" {
			t.Errorf("the default was asked for, and %+v runs", n.Camera)
		}
	})
}

func TestNameThatNobodyKnowsIsNotReplaced(t *testing.T) {
	list := []ListedDevice{{ID: "a", Name: "A", Default: true}, {ID: "old", Name: "B", Absent: true}, {ID: "new", Name: "B"}}
	for wanted, want := range map[string]string{
		"": "", "a": "a", "A": "a", "mispelt": "mispelt", "/x.y4m": "/x.y4m", "test": "test", "none": "none",
		"old": "new", // in another socket
		"b":   "new",
	} {
		if got := resolveOne(wanted, list); got != want {
			t.Errorf("%q is %q, want %q", wanted, got, want)
		}
	}
	if got := resolveOne("old", list[:2]); got != "" {
		t.Errorf("what is away is %q", got)
	}
}

// broken opens, and stops at once.
type broken struct{ opens int }

func (b *broken) Apply(_ context.Context, w Want) Report {
	if !w.Camera {
		return Report{}
	}
	b.opens++
	return Report{Camera: Status{ID: "a", Name: "A"}}
}
func (b *broken) Mute(bool) {}
func (b *broken) Limit(int) {}

func TestDeviceThatStopsAgainAndAgainIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		_ = w.call.Close()
		b := &broken{}
		c := New(Deps{Signaling: w, NewPeer: w.newPeer, Devices: b, Logger: w.call.deps.Logger})
		defer c.Close()
		_ = c.SetPreview(ctx, true)
		lost := Report{Camera: Status{Problem: &Error{Code: NoCamera, Err: errors.New("lost")}}}
		for range 10 {
			synctest.Wait()
			c.DevicesChanged(lost)
		}
		synctest.Wait()
		if b.opens != 1+maxRevivals || c.Snapshot().Camera.Problem != NoCamera {
			t.Errorf("opened %d times; %+v", b.opens, c.Snapshot().Camera)
		}
		c.DevicesListed(DeviceList{Cameras: []ListedDevice{{ID: "a", Name: "A", Default: true}}})
		synctest.Wait()
		if b.opens != 2+maxRevivals || c.Snapshot().Camera.Name != "A" {
			t.Errorf("plugged in: opened %d times; %+v", b.opens, c.Snapshot().Camera)
		}
	})
}
