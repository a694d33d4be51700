package call

import "strings"

// Which devices run follows from what was chosen and what there is:
//
//   - What was chosen runs whenever it is there. A headset whose plug slipped out
//     is used again when it is back, without another click.
//   - While it is away, the system's default runs. Where it was away from the
//     start nobody is told: it lies in another room, and its user knows.
//   - The default microphone and speaker are the system's own to move: it knows
//     what its user wants to hear with, and moves a stream without a gap.
//   - The default camera is the one that the call began with. Another that is
//     plugged in must not show what its user has not looked at; and when the one
//     that runs goes, the next is taken until it is back.
//
// What nobody has seen (a file, "test", a name that was misspelt) is handed on as
// it is: to open it tells what is wrong.

// maxRevivals is how often devices that stopped by themselves are tried again
// before one is plugged in or asked for.
const maxRevivals = 3

// Change is what has become of a device that was in use.
type Change string

const (
	Gone Change = "gone" // it was unplugged, and another runs
	Back Change = "back" // it was plugged in again, and runs
)

// history is what our user hears of one kind of device.
type history struct {
	last   Status // what ran last
	home   string // ID of the one that went, until it is back
	change Change
	was    string // name of the one that change is about
}

// next is the history once s runs, or does not.
func (h history) next(s Status, there []ListedDevice) history {
	away := h.last.ID != "" && !present(there, h.last.ID)
	switch {
	case s.ID == "" && s.Name != "": // a file, which nobody plugs out
		return history{}
	case s.ID == "":
		if away && h.home == "" {
			h.home = h.last.ID
		}
		if h.change == Back {
			h.change, h.was = "", ""
		}
		return h
	case s.ID == h.home:
		h.change, h.was, h.home = Back, s.Name, ""
	case s.ID == h.last.ID:
	case away:
		h.change, h.was = Gone, h.last.Name
		if h.home == "" {
			h.home = h.last.ID
		}
	default:
		h.change, h.was, h.home = "", "", ""
	}
	h.last = Status{ID: s.ID, Name: s.Name}
	return h
}

// begun is the history at the beginning of a call, of what runs already.
func begun(s Status) history { return history{}.next(s, nil) }

// choose takes another choice. What our user does is no news to them.
func (c *Call) choose(choice Choice) {
	f := &c.facts
	if choice.Camera != f.choice.Camera {
		f.firstCamera, f.camera = "", history{}
	}
	if choice.Microphone != f.choice.Microphone {
		f.microphone = history{}
	}
	if choice.Speaker != f.choice.Speaker {
		f.speaker = history{}
	}
	f.choice, f.revivals = choice, 0
	c.retry(c.report.hasProblem())
}

// noteApplied takes what runs, of which w was wanted. What is no longer wanted
// leaves no trace: it is about to be closed.
func (c *Call) noteApplied(w Want, r Report) {
	switch {
	case r.Seq < c.report.Seq:
	case w == want(c.facts):
		c.noteReport(r)
	default:
		c.report = r
	}
}

// noteReport takes what the devices report.
func (c *Call) noteReport(r Report) {
	f := &c.facts
	f.camera = f.camera.next(r.Camera, f.devices.Cameras)
	f.microphone = f.microphone.next(r.Microphone, f.devices.Microphones)
	f.speaker = f.speaker.next(r.Speaker, f.devices.Speakers)
	if f.firstCamera == "" {
		f.firstCamera = r.Camera.ID
	}
	if r.Declined {
		f.share = ""
	}
	c.report = r
}

// noteStopped takes the report of devices that stopped by themselves. They are
// tried again before anybody is told: most come back at once, or another does.
func (c *Call) noteStopped(r Report) {
	if r.Seq < c.report.Seq {
		return
	}
	if r.hasProblem() && !c.report.hasProblem() && c.facts.revivals < maxRevivals {
		c.facts.revivals++
		c.retry(true)
		for _, s := range []*Status{&r.Camera, &r.Microphone, &r.Speaker} {
			s.Problem = nil
		}
	}
	c.noteReport(r)
}

// noteDevices takes the list of what there is.
func (c *Call) noteDevices(l DeviceList) {
	c.facts.devices, c.facts.listed = l, true
	c.facts.revivals = 0
	c.retry(c.report.hasProblem())
}

// resolve is the choice as what there is allows.
func resolve(f facts) Choice {
	if !f.listed {
		return f.choice
	}
	c := Choice{
		Camera:     resolveOne(f.choice.Camera, f.devices.Cameras),
		Microphone: resolveOne(f.choice.Microphone, f.devices.Microphones),
		Speaker:    resolveOne(f.choice.Speaker, f.devices.Speakers),
	}
	if c.Camera == "" {
		c.Camera = defaultCamera(f)
	}
	return c
}

// resolveOne is empty where the default is to be used.
func resolveOne(wanted string, there []ListedDevice) string {
	if wanted == "" || wanted == "none" || wanted == "test" {
		return wanted
	}
	name := wanted
	for _, d := range there {
		if d.ID != wanted {
			continue
		}
		if !d.Absent {
			return d.ID
		}
		name = d.Name // in another socket it may have another ID
	}
	known := name != wanted
	for _, d := range there {
		if strings.EqualFold(d.Name, name) {
			if !d.Absent {
				return d.ID
			}
			known = true
		}
	}
	if known {
		return ""
	}
	return wanted
}

func defaultCamera(f facts) string {
	for _, id := range []string{f.firstCamera, f.camera.last.ID} {
		if present(f.devices.Cameras, id) {
			return id
		}
	}
	for _, d := range f.devices.Cameras {
		if d.Default && !d.Absent {
			return d.ID
		}
	}
	return ""
}

func present(there []ListedDevice, id string) bool {
	for _, d := range there {
		if d.ID == id && !d.Absent {
			return true
		}
	}
	return false
}
