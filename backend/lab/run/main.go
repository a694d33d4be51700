//go:build linux

// Command run makes the laboratory's calls and scores what was seen: ours beside
// Chromium's, on the same emulated links, one after the other. It needs root.
//
//	go run ./backend/lab/run -quick -out build/cache/lab
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/picture"
)

func main() {
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

// options are the command line's.
type options struct {
	quick, matrix  bool
	only, ways     string
	out, parley    string
	height, repeat int
}

func work() error {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "the short scenarios")
	flag.BoolVar(&o.matrix, "matrix", false, "also connect through every pair of NATs")
	flag.StringVar(&o.only, "only", "", "only scenarios, and pairs of NATs, whose name holds this, such as \"loss\" or \"open to symmetric\"")
	flag.StringVar(&o.ways, "pairs", "parley,chromium", "the pairs to compare")
	flag.StringVar(&o.out, "out", "build/cache/lab", "folder for results.json and report.html")
	flag.StringVar(&o.parley, "parley", "build/bin/parley", "the program under test")
	flag.IntVar(&o.height, "height", 360, "of the sender's picture, 360 or 720")
	flag.IntVar(&o.repeat, "n", 1, "runs of each scenario and pair")
	flag.Parse()
	if o.height != 360 && o.height != 720 {
		return fmt.Errorf("-height %d: it should be 360 or 720", o.height)
	}
	if err := emulate.Possible(); err != nil {
		return err
	}
	if n, err := emulate.Reap(); err != nil {
		return err
	} else if n > 0 {
		fmt.Printf("cleaned up after a laboratory that did not: %d namespaces\n", n)
	}
	dir, err := os.MkdirTemp("", "parley-lab-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m, err := makeMedia(dir, o)
	if err != nil {
		return err
	}
	// The namespaces go with the run also when it is interrupted.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	results := runAll(o, m, dir, stop)
	var cells []cell
	if o.matrix {
		cells = connectAll(o, m, dir, stop)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(struct {
		Runs  []result `json:"runs"`
		Cells []cell   `json:"cells,omitempty"`
	}{results, cells}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.out, "results.json"), text, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.out, "report.html"), page(results, cells), 0o644); err != nil {
		return err
	}
	fmt.Print("\n", scoreboard(results), connections(cells))
	fmt.Printf("\n%s and report.html hold the rest\n", filepath.Join(o.out, "results.json"))
	return nil
}

func runAll(o options, m media, dir string, stop <-chan os.Signal) []result {
	scenarios := full
	if o.quick {
		scenarios = quick
	}
	var results []result
	for _, s := range scenarios {
		if !strings.Contains(s.Name, o.only) {
			continue
		}
		for n := range o.repeat {
			for _, w := range strings.Split(o.ways, ",") {
				r := result{Scenario: s.Name, About: s.About, Way: way(w)}
				place := filepath.Join(dir, fmt.Sprintf("%d-%d-%s", len(results), n, w))
				if err := r.run(s, m, place, stop); err != nil {
					r.Problem = err.Error()
				}
				fmt.Println(r.line())
				results = append(results, r)
				if errors.Is(r.problem(), errStopped) {
					return results
				}
			}
		}
	}
	return results
}

var errStopped = errors.New("stopped")

func (r *result) problem() error {
	if r.Problem == errStopped.Error() {
		return errStopped
	}
	return nil
}

// media are the files that cameras and microphones read.
type media struct {
	parley, film, small, sound string
	width, height              int
}

// loop is how many pictures the film has: 10 s.
const loop = 300

func makeMedia(dir string, o options) (media, error) {
	parley, err := filepath.Abs(o.parley)
	if err != nil {
		return media{}, err
	}
	m := media{
		parley: parley, film: dir + "/film.y4m", small: dir + "/small.y4m", sound: dir + "/tone.wav",
		width: o.height * 16 / 9, height: o.height,
	}
	if err := writeFilm(m.film, m.width, m.height, loop); err != nil {
		return media{}, err
	}
	// The receiver's camera costs little: what is scored goes the other way.
	if err := writeFilm(m.small, 160, 90, 30); err != nil {
		return media{}, err
	}
	return m, os.WriteFile(m.sound, toneWav(), 0o600)
}

func writeFilm(name string, width, height, pictures int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(picture.Write(f, width, height, pictures), f.Close())
}

// run makes one call and scores it.
func (r *result) run(s scenario, m media, dir string, stop <-chan os.Signal) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	film := filepath.Join(dir, "film.y4m")
	if err := os.Link(m.film, film); err != nil { // a name of its own: see watchFilm
		return err
	}
	n, err := newNetwork(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	t, err := dial(r.Way, n, m, film, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	if err := t.firstPicture(&r.Setup, stop); err != nil {
		return err
	}
	watched, err := t.captures()
	if err != nil {
		return err
	}
	before, start, busy, all := t.counters(), time.Now(), 0.0, 0.0
	busy, all = machine()
	cpu := [2]float64{cpuOf(t.sender), cpuOf(t.receiver.PID())}
	n.link.Begin()
	err = s.pass(n, stop)
	took := time.Since(start).Seconds()
	captured, captureErr := watched()
	traffic := n.link.Traffic(0)
	busyNow, allNow := machine()
	r.Busy = (busyNow - busy) / max(allNow-all, 1)
	r.SenderCPU, r.ReceiverCPU = (cpuOf(t.sender)-cpu[0])/took, (cpuOf(t.receiver.PID())-cpu[1])/took
	if err := errors.Join(err, captureErr); err != nil {
		return err
	}
	var seen []shown
	if err := t.receiver.Eval("lab.shown", &seen); err != nil {
		return err
	}
	after := t.counters()
	r.Concealed = (after.Concealed - before.Concealed) / max(after.Samples-before.Samples, 1)
	r.figures(s, wallClock(start), captured, seen, traffic)
	return nil
}

// pass lets the scenario happen.
func (s scenario) pass(n *network, stop <-chan os.Signal) error {
	over := time.After(s.Length)
	var move <-chan time.Time
	if s.Move > 0 {
		move = time.After(s.Move)
	}
	for {
		select {
		case <-stop:
			return errStopped
		case <-over:
			return nil
		case <-move:
			if err := n.receiver.Address("net0", receiverAddress+"/24", movedAddress+"/24"); err != nil {
				return err
			}
		}
	}
}

// firstPicture waits for it, and tells how long it took since Join.
func (t *talk) firstPicture(setup *float64, stop <-chan os.Signal) error {
	late, tick := time.After(connectWithin), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return errStopped
		case <-late:
			return fmt.Errorf("no picture in %v", connectWithin)
		case <-tick.C:
		}
		err := t.receiver.Eval("lab.shown.length && lab.joined ? lab.shown[0].at - lab.joined : 0", setup)
		if err != nil || *setup != 0 {
			return err
		}
	}
}

// counters are the receiver's; zero where the page does not answer.
func (t *talk) counters() (c counters) {
	_ = t.receiver.Eval("lab.counters()", &c)
	return c
}
