package cli

import (
	"bytes"
	"testing"

	"parley/backend/call"
)

func TestProblemIsSaidOnce(t *testing.T) {
	for message, want := range map[string]string{
		"camera: There is no camera.": "parley: camera: There is no camera. (no_camera)\n",
		"no such device":              "parley: There is no camera. (no_camera: no such device)\n",
	} {
		var said bytes.Buffer
		people{errors: &said}.problem(call.NoCamera, message)
		if said.String() != want {
			t.Errorf("said %q, want %q", said.String(), want)
		}
	}
}
