package chat

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what one side takes of the other, which PROTOCOL.md names.
const (
	MaxText  = 4000     // characters of one text
	MaxSize  = 2 << 30  // bytes of a file
	maxOpen  = 10       // files that wait for our user's answer
	maxPiece = 16 << 10 // bytes of a file in one message
	maxName  = 1024     // bytes of a name as it comes; what is kept is shorter
	// A text of MaxText characters with each of them escaped, and its frame.
	maxMessage = 32 << 10
	header     = 12 // bytes before a piece: the file's number and where the piece belongs
)

// kind is what a message says.
type kind string

const (
	hello   kind = "hello"   // the sender speaks this protocol
	text    kind = "text"    // a text: id, text
	got     kind = "got"     // the text of this id is there
	offer   kind = "offer"   // a file: id, name, size
	accept  kind = "accept"  // send it from this offset
	ack     kind = "ack"     // all before this offset is there
	end     kind = "end"     // the whole file was sent: id, sha256
	done    kind = "done"    // it is there, and right
	decline kind = "decline" // the receiver wants it no more: id, why
	cancel  kind = "cancel"  // the sender gives it no more: id, why
)

// message is one JSON message. IDs count from 1, for texts and for files, each side its own.
type message struct {
	Type   kind    `json:"type"`
	ID     int     `json:"id,omitempty"`
	Text   string  `json:"text,omitempty"`
	Name   string  `json:"name,omitempty"`
	Size   int64   `json:"size,omitempty"`
	Offset int64   `json:"offset,omitempty"`
	SHA256 string  `json:"sha256,omitempty"`
	Why    Problem `json:"why,omitempty"`
}

var errBadMessage = errors.New("bad message")

func (m message) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic(err) // strings and numbers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// parse reads a message of the other side. One of a type that is not known is
// no error, for later versions may have more.
func parse(data []byte) (message, error) {
	var m message
	if len(data) > maxMessage {
		return m, fmt.Errorf("%w: %d bytes", errBadMessage, len(data))
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: %w", errBadMessage, err)
	}
	switch m.Type {
	case text, got, offer, accept, ack, end, done, decline, cancel:
		if m.ID < 1 || m.ID > math.MaxInt32 {
			return m, fmt.Errorf("%w: %s without a number", errBadMessage, m.Type)
		}
	}
	switch m.Type {
	case text:
		m.Text = cleanText(m.Text)
		if m.Text == "" || utf8.RuneCountInString(m.Text) > MaxText {
			return m, fmt.Errorf("%w: a text of %d bytes", errBadMessage, len(m.Text))
		}
	case offer:
		if m.Size < 0 || len(m.Name) > maxName {
			return m, fmt.Errorf("%w: a file of %d bytes", errBadMessage, m.Size)
		}
	case accept, ack:
		if m.Offset < 0 {
			return m, fmt.Errorf("%w: offset %d", errBadMessage, m.Offset)
		}
	case end:
		if sum, err := hex.DecodeString(m.SHA256); err != nil || len(sum) != 32 {
			return m, fmt.Errorf("%w: no sum", errBadMessage)
		}
	}
	return m, nil
}

// cleanText takes out what is not to be seen, but for lines and tabs.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s))
}

// encodePiece is a piece of a file as it travels.
func encodePiece(id int, offset int64, piece []byte) []byte {
	b := make([]byte, header, header+len(piece))
	binary.BigEndian.PutUint32(b, uint32(id))
	binary.BigEndian.PutUint64(b[4:], uint64(offset))
	return append(b, piece...)
}

func parsePiece(data []byte) (id int, offset int64, piece []byte, err error) {
	if len(data) <= header || len(data) > header+maxPiece {
		return 0, 0, nil, fmt.Errorf("%w: a piece of %d bytes", errBadMessage, len(data))
	}
	n, at := binary.BigEndian.Uint32(data), binary.BigEndian.Uint64(data[4:])
	if n < 1 || n > math.MaxInt32 || at > MaxSize {
		return 0, 0, nil, fmt.Errorf("%w: piece %d of file %d", errBadMessage, at, n)
	}
	return int(n), int64(at), data[header:], nil
}
