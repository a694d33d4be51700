package bridge

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"parley/backend/frame"
)

// golden is testdata/wire.json, which the page's tests read as well.
func golden(t testing.TB) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/wire.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	messages := make(map[string][]byte)
	for name, text := range texts {
		if messages[name], err = hex.DecodeString(text); err != nil {
			t.Fatal(err)
		}
	}
	return messages
}

func TestWireToPage(t *testing.T) {
	at := time.UnixMicro(1767225600123456)
	h264 := packet{
		frame: frame.Video{
			Codec: frame.H264, Key: true, Width: 1280, Height: 720,
			Data: []byte{0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0xaa},
		},
		sequence: 0x01020304, written: at, present: at.Add(40 * time.Millisecond),
	}
	vp8 := packet{
		frame:    frame.Video{Codec: frame.VP8, Width: 640, Height: 360, Data: []byte{0xfe}},
		sequence: 7, written: at,
	}
	rgba := packet{
		frame:    frame.Video{Codec: frame.RGBA, Key: true, Width: 2, Height: 1, Data: []byte{10, 20, 30, 255, 40, 50, 60, 255}},
		sequence: 8, written: at,
	}
	messages := golden(t)
	for name, b := range map[string][]byte{
		"frame h264": appendFrame(nil, Remote, h264),
		"frame vp8":  appendFrame(nil, Local, vp8),
		"frame rgba": appendFrame(nil, Local, rgba),
		"clear":      appendClear(nil, Remote),
	} {
		if string(b) != string(messages[name]) {
			t.Errorf("%s is\n%x, want\n%x", name, b, messages[name])
		}
	}
}

func TestWireFromPage(t *testing.T) {
	messages := golden(t)
	for name, want := range map[string]message{
		"hello":  {kind: typeHello},
		"want":   {kind: typeWant, sequence: 7, name: Remote},
		"report": {kind: typeReport, sequence: 0x01020304, name: Local, outcome: skipped},
		"shown":  {kind: typeShown, name: Local, width: 200, height: 125},
	} {
		if m, err := parse(messages[name]); err != nil || m != want {
			t.Errorf("%s is %+v, %v", name, m, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"one byte":        {1},
		"version 0":       {0, typeHello},
		"long hello":      {1, typeHello, 0},
		"unknown type":    {1, 3},
		"our own frame":   messages["frame vp8"],
		"our own clear":   messages["clear"],
		"outcome 0":       {1, typeReport, 0, 0, 0, 0, 1, 1, 'x'},
		"outcome 4":       {1, typeReport, 4, 0, 0, 0, 1, 1, 'x'},
		"cut":             {1, typeWant, 0, 0, 0},
		"half a size":     {1, typeShown, 0, 0, 0},
		"no name":         {1, typeWant, 0, 0, 0, 1, 0},
		"name cut":        {1, typeWant, 0, 0, 0, 1, 2, 'x'},
		"tail":            {1, typeWant, 0, 0, 0, 1, 1, 'x', 'y'},
		"name of 33":      append([]byte{1, typeWant, 0, 0, 0, 1, 33}, make([]byte, 33)...),
		"more than 64 in": make([]byte, 65),
	} {
		if m, err := parse(b); !errors.Is(err, errMessage) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range golden(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(b)
		if err != nil {
			if !errors.Is(err, errMessage) {
				t.Errorf("an error without its name: %v", err)
			}
			return
		}
		// What was taken is what was said, to the byte.
		again := []byte{version, m.kind}
		if m.kind == typeReport {
			again = append(again, byte(m.outcome))
		}
		if m.kind == typeShown {
			m.sequence = uint32(m.width)<<16 | uint32(m.height)
		}
		if m.kind != typeHello {
			again = appendName(binary.BigEndian.AppendUint32(again, m.sequence), m.name)
		}
		if string(again) != string(b) {
			t.Errorf("%x was read as %x", b, again)
		}
	})
}
