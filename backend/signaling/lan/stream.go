package lan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"parley/backend/signaling"
)

// The same protocol without a WebSocket: the server's messages are the lines of
// one long response, the client's are requests of their own. It is for the
// browsers of iPhones, which refuse a WebSocket to a server whose certificate
// their user accepted by hand, though not the page and what else it fetches.
// https://bugs.webkit.org/show_bug.cgi?id=145819
const (
	streamPath = socketPath + "/stream"
	sendPath   = socketPath + "/send"
)

// padding goes before the first line: WebKit keeps the beginning of a response
// to itself until there is enough of it.
var padding = append(bytes.Repeat([]byte(" "), 2<<10), '\n')

// serveStream is one peer's stream; the request's body is the first message.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	leave, ok := s.admit(w, r)
	if !ok {
		return
	}
	defer leave()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(r.Context(), cancel)()
	inbox := make(chan message, 64)
	c := &stream{request: r.Context(), w: w, control: http.NewResponseController(w), inbox: inbox}
	m, err := readBody(w, r, s.cfg.Limits.Message)
	// The server's own timeouts are for pages.
	_ = c.control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		c.close(ctx, err)
		return
	}
	inbox <- m
	s.serve(ctx, c, inbox, r.RemoteAddr)
}

// serveSend takes one message for the stream whose token is in it.
func (s *Server) serveSend(w http.ResponseWriter, r *http.Request) {
	leave, ok := s.admit(w, r)
	if !ok {
		return
	}
	defer leave()
	var m message
	err := s.visitors.send(r.RemoteAddr)
	if err == nil {
		m, err = readBody(w, r, s.cfg.Limits.Message)
	}
	if err == nil {
		var n *session
		if n, err = s.sessions.find(m.Room, m.Token); err == nil {
			err = n.deliver(m)
		}
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, signaling.ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, signaling.ErrTooMany):
		status = http.StatusTooManyRequests
	case errors.Is(err, signaling.ErrRoomGone):
		status = http.StatusNotFound
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(errorMessage(0, err))
}

func readBody(w http.ResponseWriter, r *http.Request, limit int) (message, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return message{}, fmt.Errorf("%w: more than %d bytes", signaling.ErrTooLarge, limit)
	}
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", errConnection, err)
	}
	return parse(data)
}

// stream is a long response as a connection.
type stream struct {
	request context.Context // ends when the peer closes the connection
	control *http.ResponseController
	inbox   <-chan message

	mu     sync.Mutex
	w      http.ResponseWriter
	padded bool
}

func (c *stream) read(ctx context.Context, timeout time.Duration) (message, error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case m := <-c.inbox:
		return m, nil
	case <-timer.C:
	case <-ctx.Done():
		if c.request.Err() != nil {
			return message{}, errDropped
		}
	}
	return message{}, errConnection
}

func (c *stream) write(ctx context.Context, m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", errConnection, ctx.Err())
	}
	if !c.padded {
		data = append(padding[:len(padding):len(padding)], data...)
		c.padded = true
	}
	_ = c.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err = c.w.Write(append(data, '\n')); err == nil {
		err = c.control.Flush()
	}
	if err != nil {
		return broken(err)
	}
	return nil
}

// close says what there is to say; the response ends with its handler.
func (c *stream) close(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, errConnection) {
		_ = c.write(context.WithoutCancel(ctx), errorMessage(0, err))
	}
}
