//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/coder/websocket"

	"parley/backend/cli"
	"parley/backend/config"
	"parley/backend/session"
)

// In the environment, asParley makes this program Parley's command line; pageIs is
// the folder of its phone page. eyeIs names a file: what the other side sends is
// then written there, with the times at which the window would draw it. For that
// this Parley has a bridge as the window has, and something that takes pictures
// from it as the window's page does.
const (
	asParley = "PARLEY_LAB_AS_PARLEY"
	pageIs   = "PARLEY_LAB_PAGE"
	eyeIs    = "PARLEY_LAB_EYE"
)

func parleyItself() int {
	program := cli.Program{OpenSession: func(c config.Config, log *slog.Logger) (cli.Session, error) {
		return openWatched(c, log)
	}}
	return cli.Run(context.Background(), program, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

const (
	eyeOrigin = "http://eye.laboratory"
	maxFrame  = 5 << 20 // bytes: more than the bridge sends
	// The bridge's messages, backend/bridge/WIRE.md.
	bridgeVersion, typeFrame, typeHello, typeReport, drawn = 1, 1, 16, 18, 1
	codecVP8                                               = 1
	frameHeader                                            = 28
	// heldAtMost is how long the window holds a picture for its sound.
	heldAtMost = 500 * time.Millisecond
)

func openWatched(c config.Config, log *slog.Logger) (*session.Session, error) {
	o := session.Options{Page: os.DirFS(os.Getenv(pageIs)), Logger: log}
	name := os.Getenv(eyeIs)
	if name != "" {
		o.Origins = []string{eyeOrigin}
	}
	s, err := session.Open(c, o)
	if err == nil && name != "" {
		go func() {
			if err := look(s.BridgeURL(), name); err != nil {
				log.Error("the eye is closed", "error", err)
			}
		}()
	}
	return s, err
}

// look writes pictures of the other side until the bridge ends.
func look(url, name string) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer out.Close()
	ctx := context.Background() // the bridge ends it
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {eyeOrigin}}})
	if err != nil {
		return err
	}
	defer func() { _ = ws.CloseNow() }() // it may be closed
	ws.SetReadLimit(maxFrame)
	if err := ws.Write(ctx, websocket.MessageBinary, []byte{bridgeVersion, typeHello}); err != nil {
		return err
	}
	film := ivfWriter{to: out}
	for {
		_, m, err := ws.Read(ctx)
		if err != nil {
			if websocket.CloseStatus(err) >= 0 || errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if len(m) <= frameHeader || m[0] != bridgeVersion || m[1] != typeFrame {
			continue
		}
		nameEnd := frameHeader + 1 + int(m[frameHeader])
		if len(m) <= nameEnd {
			continue
		}
		report := append([]byte{bridgeVersion, typeReport, drawn}, m[4:8]...)
		if err := ws.Write(ctx, websocket.MessageBinary, append(report, m[frameHeader:nameEnd]...)); err != nil {
			return err
		}
		if string(m[frameHeader+1:nameEnd]) != "remote" || m[3] != codecVP8 {
			continue
		}
		written, present := int64(binary.BigEndian.Uint64(m[8:])), int64(binary.BigEndian.Uint64(m[16:]))
		at := max(written, min(present, written+heldAtMost.Microseconds()))
		if err := film.write(at, m[nameEnd:]); err != nil {
			return err
		}
	}
}

// ivfWriter writes encoded pictures as libvpx does
// (https://wiki.multimedia.cx/index.php/Duck_IVF), with µs since 1970 as their
// times.
type ivfWriter struct {
	to    io.Writer
	begun bool
	last  int64
}

func (w *ivfWriter) write(at int64, picture []byte) error {
	var b []byte
	le := binary.LittleEndian
	if !w.begun {
		w.begun = true
		b = append(b, "DKIF\x00\x00\x20\x00VP80"...)
		b = le.AppendUint16(le.AppendUint16(b, 640), 360) // the pictures know better
		b = le.AppendUint32(le.AppendUint32(b, 1_000_000), 1)
		b = le.AppendUint64(b, 0)
	}
	// Pictures do not change places.
	w.last = max(at, w.last+1)
	b = le.AppendUint64(le.AppendUint32(b, uint32(len(picture))), uint64(w.last))
	_, err := w.to.Write(append(b, picture...))
	return err
}

// ivfPicture is a picture of a file.
type ivfPicture struct {
	at            float64 // ms since 1970
	key           bool    // decodes without any other
	width, height int     // pixels
	data          []byte
}

var errNoFilm = errors.New("not an IVF file of VP8")

// readIVF tells of the pictures of a file; one that is cut short ends it.
func readIVF(file []byte) (list []ivfPicture, err error) {
	const fileHeader, pictureHeader = 32, 12
	if len(file) < fileHeader || string(file[:4]) != "DKIF" || string(file[8:12]) != "VP80" {
		return nil, errNoFilm
	}
	le := binary.LittleEndian
	var p ivfPicture
	for rest := file[fileHeader:]; len(rest) >= pictureHeader; {
		size := int(le.Uint32(rest))
		p.at = float64(le.Uint64(rest[4:])) / 1000
		if rest = rest[pictureHeader:]; len(rest) < size {
			break
		}
		p.data = rest[:size]
		// A key frame tells its size: RFC 6386, 9.1.
		if p.key = size >= 10 && p.data[0]&1 == 0; p.key {
			p.width, p.height = int(le.Uint16(p.data[6:])&0x3fff), int(le.Uint16(p.data[8:])&0x3fff)
		}
		list = append(list, p)
		rest = rest[size:]
	}
	return list, nil
}

// firstSeen is when the eye saw its first picture, ms since 1970; 0 is not yet.
func firstSeen(name string) (float64, error) {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := make([]byte, 44)
	if _, err := io.ReadFull(f, head); err != nil {
		return 0, nil // not yet written
	}
	return float64(binary.LittleEndian.Uint64(head[36:])) / 1000, nil
}

// view is what was seen: as a page noted it, or as an eye wrote it to a file, which is
// still to be decoded.
type view struct {
	shown   []shown
	samples []sample
	eye     string
}

func (v view) read() ([]shown, []sample, error) {
	if v.eye != "" {
		return eyeSaw(v.eye)
	}
	return v.shown, v.samples, nil
}

// eyeSaw decodes what an eye wrote, and reads the numbers.
func eyeSaw(name string) (seen []shown, samples []sample, err error) {
	file, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("no picture came to Parley: %w", err)
	}
	list, err := readIVF(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	n := 0
	err = decode(name, func(luma []byte) {
		if n >= len(list) {
			return
		}
		p := list[n]
		n++
		seen = append(seen, shown{Number: numberOf(luma), At: p.at, Width: p.width, Height: p.height})
		if s := seen[n-1]; s.Number >= 0 && (len(samples) == 0 || s.At >= samples[len(samples)-1].At+sampleEvery) {
			samples = append(samples, sample{Number: s.Number, At: s.At, luma: append([]byte{}, luma...)})
		}
	})
	if err == nil && n != len(list) {
		err = fmt.Errorf("%s: %d of %d pictures can be decoded", name, n, len(list))
	}
	return seen, samples, err
}
