package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"parley/backend/call"
	"parley/backend/cli"
	"parley/backend/config"
	"parley/backend/session"
)

// TestPageAndProgramAgree holds the methods that the page believes to be bound
// against those that are.
func TestPageAndProgramAgree(t *testing.T) {
	const path = "frontend/src/host/wails.ts"
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string]reflect.Type{"App": reflect.TypeFor[*App](), "Chats": reflect.TypeFor[*session.Chats]()} {
		block := regexp.MustCompile(`(?s)interface ` + name + ` \{(.*?)\n\}`).FindSubmatch(source)
		if block == nil {
			t.Fatalf("%s has no interface %s", path, name)
		}
		var page []string
		for _, m := range regexp.MustCompile(`(?m)^  ([A-Z]\w*)\(`).FindAllSubmatch(block[1], -1) {
			page = append(page, string(m[1]))
		}
		var bound []string
		for m := range of.Methods() {
			bound = append(bound, m.Name)
		}
		slices.Sort(page)
		slices.Sort(bound)
		if !slices.Equal(page, bound) {
			t.Errorf("of %s the page knows %v, bound are %v", name, page, bound)
		}
	}
}

func TestFailureCrossesAsJSON(t *testing.T) {
	if failure(nil) != nil {
		t.Error("no error became one")
	}
	for _, tt := range []struct {
		err  error
		code call.Code
	}{
		{&call.Error{Code: call.RoomFull, Op: "join", Err: errors.New("full")}, call.RoomFull},
		{errors.New("something else"), call.Internal},
	} {
		var f call.Failure
		if err := json.Unmarshal([]byte(failure(tt.err).Error()), &f); err != nil || f.Code != tt.code || f.Message != tt.err.Error() {
			t.Errorf("%v crosses as %+v (%v)", tt.err, f, err)
		}
	}
}

func TestNoDisplay(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is always a display elsewhere")
	}
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	err := window(t.Context(), config.Config{DataDir: t.TempDir()}, slog.New(slog.DiscardHandler), cli.Start{})
	if err == nil || !strings.Contains(err.Error(), "parley call create") {
		t.Errorf("without a display: %v", err)
	}
}
