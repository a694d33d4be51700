// Command tsa is an RFC 3161 timestamp server for the tests of signing: HTTP on
// 127.0.0.1 before `openssl ts`. It prints its address and ends with its
// standard input.
//
//	tsa OPENSSL-CONFIG
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// maxQuery bounds a query in bytes; one with a SHA-512 digest has about 100.
const maxQuery = 4096

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: tsa OPENSSL-CONFIG")
	}
	if err := serve(os.Args[1]); err != nil {
		log.Fatal("tsa: ", err)
	}
}

func serve(config string) error {
	dir, err := os.MkdirTemp("", "tsa")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{Handler: &authority{config: config, query: filepath.Join(dir, "query")}, ReadTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// authority answers timestamp queries one after the other, for openssl counts
// serial numbers in a file.
type authority struct {
	config, query string // paths
	mu            sync.Mutex
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuery))
	if err != nil {
		http.Error(w, "cannot read the query", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := os.WriteFile(a.query, query, 0o600); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply, err := exec.CommandContext(r.Context(), "openssl", "ts", "-reply", "-config", a.config, "-queryfile", a.query).Output()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(reply)
}
