package lan

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// contentTypes are the files a page is made of. The system's own table differs
// from machine to machine (on Windows it is in the registry).
var contentTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".wasm":        "application/wasm",
	".mp3":         "audio/mpeg",
	".ogg":         "audio/ogg",
	".wav":         "audio/wav",
}

// page serves the phone page: phone.html at /, the build's hashed files below
// /assets/, and nothing else.
func page(files fs.FS) http.Handler {
	texts := &compressed{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET here", http.StatusMethodNotAllowed)
			return
		}
		name, cache := "phone.html", "no-cache"
		if r.URL.Path != "/" {
			name, cache = strings.TrimPrefix(r.URL.Path, "/"), "public, max-age=31536000, immutable"
			if !strings.HasPrefix(name, "assets/") || !fs.ValidPath(name) {
				http.NotFound(w, r)
				return
			}
		}
		kind, ok := contentTypes[path.Ext(name)]
		if !ok || files == nil {
			http.NotFound(w, r)
			return
		}
		data, err := fs.ReadFile(files, name) // fails on a directory
		if err != nil {
			if name == "phone.html" {
				http.Error(w, "the phone page is not in this build", http.StatusNotFound)
				return
			}
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", cache)
		if isText(kind) {
			w.Header().Set("Vary", "Accept-Encoding")
			if takesGzip(r) {
				w.Header().Set("Content-Encoding", "gzip")
				data = texts.of(name, data)
			}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}

// secure sets the headers that keep the page to itself.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connect := "'self'"
		if s.ourHost(r.Host) {
			connect += " wss://" + r.Host // Safari before 15.4 does not count it as 'self'
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "+
			"img-src 'self' data: blob:; media-src 'self' blob: mediastream:; font-src 'self'; "+
			"connect-src "+connect+"; worker-src 'self'; manifest-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), autoplay=(self), fullscreen=(self), "+
			"screen-wake-lock=(self), display-capture=(self), geolocation=(), usb=(), payment=()")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
