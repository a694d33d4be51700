package swaytest

import (
	"encoding/binary"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// between is a Wayland display that is another one but for a word on graphics cards:
// xdg-desktop-portal-wlr 0.7 takes no screen, not even by plain memory, from a compositor
// that does not also offer it in a card's. Here is none, and so it is told of a format
// for one (zwlr_screencopy_frame_v1.linux_dmabuf), which nobody asks for.
func between(t testing.TB, dir, display string) (name string) {
	t.Helper()
	const as = "wayland-between"
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, as)})
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			client, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			server, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(dir, display)})
			if err != nil {
				_ = client.Close()
				continue
			}
			t.Cleanup(func() { _, _ = client.Close(), server.Close() })
			work.Go(func() { forward(client, server, func(b []byte) []byte { return b }) })
			work.Go(func() { forward(server, client, withCard) })
		}
	})
	t.Cleanup(func() { _ = listener.Close() })
	return as
}

// forward hands on bytes and file descriptors until an end closes.
func forward(from, to *net.UnixConn, change func([]byte) []byte) {
	defer to.Close()
	data, rights := make([]byte, 1<<16), make([]byte, 1<<10)
	for {
		n, control, _, _, err := from.ReadMsgUnix(data, rights)
		if err != nil || n == 0 {
			return
		}
		_, _, err = to.WriteMsgUnix(change(data[:n]), rights[:control], nil)
		messages, _ := syscall.ParseSocketControlMessage(rights[:control])
		for _, m := range messages {
			fds, _ := syscall.ParseUnixRights(&m)
			for _, fd := range fds {
				_ = syscall.Close(fd) // the other end has its own
			}
		}
		if err != nil {
			return
		}
	}
}

// withCard adds linux_dmabuf (event 5) to each buffer (event 0: format, width, height and
// stride) of a frame. A message is an object, its size and event, and arguments, all in
// words of four bytes.
func withCard(events []byte) []byte {
	word := binary.NativeEndian.Uint32
	var all []byte
	for len(events) >= 8 {
		size := int(word(events[4:]) >> 16)
		if size < 8 || size > len(events) {
			break // the rest comes with the next
		}
		m := events[:size]
		events = events[size:]
		all = append(all, m...)
		if size == 24 && word(m[4:])&0xffff == 0 && word(m[20:]) == 4*word(m[12:]) {
			const xrgb8888 = 0x34325258
			all = append(all, m[:4]...)
			for _, w := range []uint32{20<<16 | 5, xrgb8888, word(m[12:]), word(m[16:])} {
				all = binary.NativeEndian.AppendUint32(all, w)
			}
		}
	}
	return append(all, events...)
}
