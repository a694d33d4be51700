package session

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/backend/call"
	"parley/backend/media"
)

// lookWithin bounds how long a device that stopped waits for the list that tells
// whether it was unplugged. A sound server that died takes its time to be found out.
const lookWithin = 2 * time.Second

// unpluggable tells whether anything that runs may be plugged in or out.
func unpluggable(w call.Want) bool {
	never := func(name string, file string) bool {
		return name == media.Test || name == media.None || strings.EqualFold(filepath.Ext(name), file)
	}
	return w.Camera && !never(w.Choice.Camera, ".y4m") ||
		w.Sound && !(never(w.Choice.Microphone, ".wav") && never(w.Choice.Speaker, ".wav"))
}

// lookOut has the list kept while something runs that may go.
func (d *devices) lookOut(on bool) {
	if d.lookout != nil && d.looks != on {
		d.looks = on
		d.lookout.use(on)
	}
}

// lookNow has the call hear what there is before it hears what stopped: it then
// knows what to take instead.
func (d *devices) lookNow() {
	if d.lookout == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	d.lookout.now(ctx)
}

// follow notes that the system has moved its default to another device, and our
// sound with it.
func (d *devices) follow(l call.DeviceList) {
	d.mu.Lock()
	before := d.report
	if d.sound != nil {
		if d.follows.microphone {
			moved(&d.report.Microphone, l.Microphones)
		}
		if d.follows.speaker {
			moved(&d.report.Speaker, l.Speakers)
		}
	}
	if d.report == before {
		d.mu.Unlock()
		return
	}
	r := d.told()
	d.mu.Unlock()
	d.changed(r)
}

func moved(s *call.Status, there []call.ListedDevice) {
	i := slices.IndexFunc(there, func(d call.ListedDevice) bool { return d.Default && !d.Absent })
	if s.ID != "" && i >= 0 {
		s.ID, s.Name = there[i].ID, there[i].Name
	}
}
