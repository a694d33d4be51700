package lan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"parley/backend/signaling"
)

// serveSocket is one peer's WebSocket.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	leave, ok := s.admit(w, r)
	if !ok {
		return
	}
	defer leave()
	// admit has checked the origin, more strictly than the library does.
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	ws.SetReadLimit(-1) // readMessage has its own limit
	s.serve(s.ctx, &socket{ws, s.cfg.Limits.Message}, nil, r.RemoteAddr)
}

// socket is a WebSocket as a connection.
type socket struct {
	ws    *websocket.Conn
	limit int
}

func (c *socket) read(ctx context.Context, timeout time.Duration) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	data, err := readMessage(ctx, c.ws, c.limit)
	if err != nil {
		return message{}, err
	}
	return parse(data)
}

// readMessage reads one text message. The library's own limit would close the
// connection before we can say why.
func readMessage(ctx context.Context, ws *websocket.Conn, limit int) ([]byte, error) {
	kind, r, err := ws.Reader(ctx)
	if websocket.CloseStatus(err) == websocket.StatusGoingAway {
		return nil, errGoodbye
	}
	if err != nil {
		return nil, broken(err)
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, broken(err)
	case len(data) > limit:
		return nil, fmt.Errorf("%w: more than %d bytes", signaling.ErrTooLarge, limit)
	case kind != websocket.MessageText:
		return nil, fmt.Errorf("%w: it is binary", signaling.ErrBadMessage)
	}
	return data, nil
}

// write is not cut short: the library closes a connection whose write ends with
// its context, and then the peer is not told why.
func (c *socket) write(ctx context.Context, m message) error {
	return writeMessage(context.WithoutCancel(ctx), c.ws, m)
}

func writeMessage(ctx context.Context, ws *websocket.Conn, m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := ws.Write(ctx, websocket.MessageText, data); err != nil {
		return broken(err)
	}
	return nil
}

func (c *socket) close(ctx context.Context, err error) {
	switch {
	case err == nil:
		_ = c.ws.Close(websocket.StatusNormalClosure, "")
	case errors.Is(err, errConnection):
		_ = c.ws.CloseNow()
	default:
		status := websocket.StatusPolicyViolation
		if errors.Is(err, signaling.ErrTooLarge) {
			status = websocket.StatusMessageTooBig
		}
		m := errorMessage(0, err)
		_ = c.write(ctx, m)
		_ = c.ws.Close(status, m.Code)
	}
}
