package lan

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// compressed are the page's texts as a browser downloads them, each compressed when
// it is first asked for: over a narrow link a page in full would be what a call waits
// for, and the parts of it that come later would take the call's place.
type compressed struct{ files sync.Map } // name to *[]byte

// of is the file's data, gzipped.
func (c *compressed) of(name string, data []byte) []byte {
	if kept, ok := c.files.Load(name); ok {
		return *kept.(*[]byte)
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a good one
	_, _ = w.Write(data)                                  // nor does a buffer fail
	_ = w.Close()
	text := b.Bytes()
	c.files.Store(name, &text)
	return text
}

// isText tells whether a file of this content type is worth compressing.
func isText(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/") || kind == "image/svg+xml"
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, given := strings.Cut(weight, "=")
			v, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !given || err == nil && v > 0
		}
	}
	return false
}
