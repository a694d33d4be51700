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
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/picture"
	"parley/backend/lab/pitch"
)

func main() {
	if os.Getenv(replayIs) != "" {
		os.Exit(replayItself())
	}
	if os.Getenv(asParley) != "" {
		os.Exit(parleyItself())
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

// options are the command line's.
type options struct {
	quick, matrix     bool
	only, ways        string
	out, parley, page string
	height, repeat    int
	soak              time.Duration
	faster            float64
}

func work() error {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "the short scenarios")
	flag.BoolVar(&o.matrix, "matrix", false, "also connect through every pair of NATs")
	flag.StringVar(&o.only, "only", "", "only scenarios, and pairs of NATs, whose name holds this, such as \"loss\" or \"open to symmetric\"")
	flag.StringVar(&o.ways, "pairs", "parley,phone,chromium", "the pairs to compare: Parley to phone page, phone page to Parley, Chromium to Chromium")
	flag.StringVar(&o.out, "out", "build/cache/lab", "folder for results.json and report.html")
	flag.StringVar(&o.parley, "parley", "build/bin/parley", "the program whose cost is measured")
	flag.StringVar(&o.page, "page", "frontend/dist", "the built phone page")
	flag.DurationVar(&o.soak, "soak", 0, "instead, let two Parleys call each other that long, such as 2h, and tell what grew")
	flag.IntVar(&o.height, "height", 360, "of the sender's picture, 360 or 720")
	flag.IntVar(&o.repeat, "n", 1, "runs of each scenario and pair")
	flag.Float64Var(&o.faster, "faster", 1, "divide the times of RFC 8867 5.2 to 5.6 by this, 1 to 6")
	flag.Parse()
	if o.faster < 1 || o.faster > 6 {
		return fmt.Errorf("-faster %v: it should be 1 to 6", o.faster)
	}
	if o.height != 360 && o.height != 720 {
		return fmt.Errorf("-height %d: it should be 360 or 720", o.height)
	}
	if o.soak > 0 {
		return soakAndTell(o)
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
	defer signal.Stop(stop)
	began := time.Now()
	results := runAll(o, m, dir, stop)
	var cells []cell
	if o.matrix {
		cells = connectAll(o, m, dir, stop)
	}
	if err := write(o.out, results, cells); err != nil {
		return err
	}
	fmt.Print("\n", scoreboard(results), connections(cells))
	fmt.Printf("\nIt took %v; %s and report.html hold the rest\n", time.Since(began).Round(time.Second), filepath.Join(o.out, "results.json"))
	return nil
}

// write writes results.json, and report.html beside it.
func write(folder string, results []result, cells []cell) error {
	text, err := json.MarshalIndent(struct {
		Runs  []result `json:"runs"`
		Cells []cell   `json:"cells,omitempty"`
	}{results, cells}, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(folder, 0o755),
		os.WriteFile(filepath.Join(folder, "results.json"), text, 0o644),
		os.WriteFile(filepath.Join(folder, "report.html"), page(results, cells), 0o644))
}

// soakAndTell writes soak.json beside the other results.
func soakAndTell(o options) error {
	dir, err := os.MkdirTemp("", "parley-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(stop)
	list, err := soak(o.soak, dir, stop)
	if err != nil {
		return err
	}
	for _, g := range list {
		fmt.Println(g)
	}
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(o.out, 0o755), os.WriteFile(filepath.Join(o.out, "soak.json"), text, 0o644))
}

func runAll(o options, m media, dir string, stop <-chan os.Signal) []result {
	scenarios := full(o.faster)
	if o.quick {
		scenarios = quick
	}
	var runs []*result
all:
	for _, s := range scenarios {
		if !strings.Contains(s.Name, o.only) {
			continue
		}
		for n := range o.repeat {
			for _, w := range strings.Split(o.ways, ",") {
				if s.oneWay() && way(w) == fromUs {
					continue
				}
				r := &result{Scenario: s.Name, About: s.About, Way: way(w)}
				place := filepath.Join(dir, fmt.Sprintf("%d-%d-%s", len(runs), n, w))
				runs = append(runs, r)
				rest, err := r.run(s, m, place, stop)
				m.alone() // where it failed before it waited
				m.alone = r.finish(rest, err)
				if errors.Is(err, errStopped) {
					break all
				}
			}
		}
	}
	m.alone()
	results := make([]result, len(runs))
	for i, r := range runs {
		results[i] = *r
	}
	return results
}

// finish ends and scores a call while the next one gets ready; wait waits for that.
func (r *result) finish(rest func() error, err error) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err = errors.Join(err, rest()); err != nil {
			r.Problem = err.Error()
		}
		fmt.Println(r.line())
	}()
	return func() { <-done }
}

var errStopped = errors.New("stopped")

// media are the files that cameras and microphones read, and the programs that do.
type media struct {
	parley string // what calls: this program, as Parley
	binary string // what cost is measured of: Parley as it is built
	page   string // the folder of its phone page

	film, small   string
	width, height int
	// clock is the sound that is scored. Meanwhile the other side is quiet, as its voice
	// would have the speaker's echo canceller take some of the clock away. sound is where
	// no sound is scored.
	clock, quiet, sound string
	// wide makes the film of what cost is measured of, once, and the same encoded.
	wide    func() (film string, err error)
	encoded string
	// alone waits until nothing is left to do of the call before.
	alone func()

	// asks has the joining page open camera and microphone with Join and not before,
	// as where its user has not allowed them yet.
	asks bool
	// display is the X display that shows the joining side; "" is none.
	display string
}

// loop is how many pictures the film has: 10 s.
const loop = 300

func makeMedia(dir string, o options) (m media, err error) {
	m = media{
		film: dir + "/film.y4m", small: dir + "/small.y4m", sound: dir + "/tone.wav", clock: dir + "/clock.wav", quiet: dir + "/quiet.wav",
		width: o.height * 16 / 9, height: o.height,
		alone: func() {}, encoded: dir + "/wide.ivf",
		wide: sync.OnceValues(func() (string, error) {
			name := dir + "/wide.y4m"
			if err := writeFilm(name, 1280, 720, 90); err != nil {
				return "", err
			}
			return name, encodeFilm(name, dir+"/wide.ivf")
		}),
	}
	if m.parley, err = os.Executable(); err != nil {
		return m, err
	}
	for _, p := range []struct {
		from string
		to   *string
	}{{o.parley, &m.binary}, {o.page, &m.page}} {
		if p.from == "" {
			continue
		}
		if *p.to, err = filepath.Abs(p.from); err != nil {
			return m, err
		}
	}
	if err := writeFilm(m.film, m.width, m.height, loop); err != nil {
		return m, err
	}
	// The receiver's camera costs little: what is scored goes the other way.
	if err := writeFilm(m.small, 160, 90, 30); err != nil {
		return m, err
	}
	silence := func(float64) float64 { return 0 }
	return m, errors.Join(
		os.WriteFile(m.clock, wavOf(pitch.Period, pitch.At), 0o600),
		os.WriteFile(m.quiet, wavOf(1000, silence), 0o600),
		os.WriteFile(m.sound, toneWav(), 0o600))
}

// encodeFilm makes VP8 of it, of as many bits as a browser gives 720p.
func encodeFilm(film, name string) error {
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", film, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-f", "ivf", name)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("encode the film: %w: %s (build/deps.sh lab installs ffmpeg)", err, out)
	}
	return nil
}

func writeFilm(name string, width, height, pictures int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(picture.Write(f, width, height, pictures), f.Close())
}
