package peer

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// noiseFile is a file that nothing can make smaller, and its hash; it is never
// whole in memory.
func noiseFile(t testing.TB, size int64) (path string, sum [sha256.Size]byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "big.bin")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	_, err = io.CopyN(io.MultiWriter(file, hash), rand.NewChaCha8([32]byte{5}), size)
	if err != nil {
		t.Fatal(err)
	}
	return path, [sha256.Size]byte(hash.Sum(nil))
}

// A hundred megabytes go to the other side in a call, over a link that takes some 20 s
// for them: each byte arrives, as fast as the call leaves room; picture and sound are
// nearly what they are without them; and no more of the file is in memory than what is
// under way.
func TestHundredMegabytesBesideACall(t *testing.T) {
	const link, start = 50e6, 5 * time.Second // by then the picture is at its best
	size, length := 100_000_000, 32*time.Second
	if raceEnabled {
		size, length = 10_000_000, 12*time.Second // SCTP is slow under the race detector
	}
	path, sum := noiseFile(t, int64(size))
	way := func() *shaper {
		return &shaper{rate: constant(link), queue: 300 * time.Millisecond, delay: 20 * time.Millisecond}
	}
	var took time.Duration
	call := func(file bool) (r course) {
		vnetPair(t, way(), way(), func(t *testing.T, a, b *chatting) {
			runtime.GC() // what tests before this one left is not live
			driven := make(chan course, 1)
			go func() { driven <- drive(a.end, b.end, length) }()
			time.Sleep(start) // of the call, on the test's own clock
			if file {
				began := time.Now()
				handFile(t, a, b, path)
				fileArrived(t, a, b, sum)
				took = time.Since(began)
			}
			r = <-driven
		})
		const second = int(start / time.Second)
		r.delay, r.heard, r.video = r.delay[30*second:], r.heard[50*second:], r.video[10*second:]
		return r
	}
	beside, alone := call(true), call(false)
	heard := func(r course) time.Duration { return percentile(r.heard, 0.95) }
	for name, r := range map[string]course{"alone": alone, "beside": beside} {
		t.Logf("%s: %v; picture %d; sound p95 %v, lost %d; %d kB live", name, r, mean(r.video), heard(r), r.in.Audio.In.Lost, r.heap/1000)
	}
	t.Logf("the file took %v, %.0f Mbit/s", took, float64(size*8)/1e6/took.Seconds())

	left := link - float64(mean(alone.video))
	if most := 3*time.Second + time.Duration(float64(size*8)/(0.75*left)*float64(time.Second)); took > most {
		t.Errorf("the file took %v, not %v", took, most)
	}
	if beside.seen < alone.seen*99/100 || beside.freezes > alone.freezes || mean(beside.video) < mean(alone.video)*9/10 {
		t.Errorf("%v beside the file, %v alone", beside, alone)
	}
	if beside.percentile(0.95) > alone.percentile(0.95)*3/2 {
		t.Error("pictures come too late")
	}
	if heard(beside) > 2*heard(alone) || beside.in.Audio.In.Lost > alone.in.Audio.In.Lost || len(beside.heard) < len(alone.heard)-2 {
		t.Error("sound is late or lost")
	}
	if beside.heap > alone.heap+32<<20 {
		t.Error("too much of the file is in memory")
	}
}
