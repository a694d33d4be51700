package session

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"testing"
)

// probe holds a recording against what was sent: both tracks, their size, and
// a length.
func probe(t *testing.T, path string) {
	t.Helper()
	ffprobe, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Skip("ffprobe is not installed")
	}
	out, err := exec.Command(ffprobe, "-v", "error", "-show_streams", "-show_format", "-of", "json", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Streams []struct {
			Type   string `json:"codec_type"`
			Codec  string `json:"codec_name"`
			Width  int    `json:"width"`
			Height int    `json:"height"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	tracks := map[string]bool{}
	for _, s := range found.Streams {
		tracks[s.Type+" "+s.Codec] = true
		if s.Type == "video" && (s.Width != 320 || s.Height != 180) {
			t.Errorf("video is %dx%d", s.Width, s.Height)
		}
	}
	if !tracks["video vp8"] || !tracks["audio opus"] || len(tracks) != 2 {
		t.Errorf("tracks %v", tracks)
	}
	if seconds, _ := strconv.ParseFloat(found.Format.Duration, 64); seconds < 1.5 || seconds > 30 {
		t.Errorf("duration %q s", found.Format.Duration)
	}
}
