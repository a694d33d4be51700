package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"parley/backend/call"
)

// listen begins to read what our user types, once.
func (c *callRun) listen() {
	if c.typed == nil && c.stdin != nil {
		c.typed = readLines(c.stdin)
	}
}

// obey does what our user typed: an answer to who knocks, else the other side's code.
func (c *callRun) obey(ctx context.Context, line string, s Session) error {
	if c.last.State != call.Knocking {
		return s.EnterCode(ctx, line)
	}
	switch letIn, ok := c.r.answer(line); {
	case !ok:
		c.r.knock(c.last) // asks again
	case letIn:
		return s.LetIn(ctx)
	default:
		c.hangUp(s)
	}
	return nil
}

// typed is a line of our user's, or why there are no more.
type typed struct {
	text string
	err  error
}

// readLines gives the lines of r that are not empty. One of more than 64 KiB
// ends them. The goroutine ends with r: what waits for a terminal cannot be
// called back.
func readLines(r io.Reader) <-chan typed {
	lines := make(chan typed)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(r)
		for in.Scan() {
			if line := strings.TrimSpace(in.Text()); line != "" {
				lines <- typed{text: line}
			}
		}
		if err := in.Err(); err != nil {
			lines <- typed{err: fmt.Errorf("read standard input, of which no more is taken: %w", err)}
		}
	}()
	return lines
}
