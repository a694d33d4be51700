// Package pulsetest gives a test a PulseAudio server of its own.
package pulsetest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const patience = time.Minute // for a busy machine

// Server is a PulseAudio server: what is played into micsink is what the
// microphone "mic" hears, what the speaker "spk" plays is in spk.monitor.
type Server struct{ cmd *exec.Cmd }

// Start runs a server until the test ends, for this process and those that it
// starts. The microphone is shown under the name given. Without PulseAudio the
// test is skipped.
func Start(t *testing.T, microphone string) *Server {
	t.Helper()
	for _, tool := range []string{"pulseaudio", "pactl", "pacat"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here", tool)
		}
	}
	dir := t.TempDir()
	for name, value := range map[string]string{
		"XDG_RUNTIME_DIR": dir, "HOME": dir, "PULSE_SERVER": "unix:" + filepath.Join(dir, "native"), "ALSA_CONFIG_PATH": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	cmd := exec.Command("pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "-n",
		// Else it may end itself, or be ended, for using too much of a busy machine.
		"--no-cpu-limit=yes", "--realtime=no", "--high-priority=no",
		"-L", "module-null-sink sink_name=spk sink_properties=device.description=Loudspeaker",
		"-L", "module-null-sink sink_name=micsink",
		"-L", "module-remap-source master=micsink.monitor source_name=mic source_properties=device.description="+microphone,
		"-L", "module-native-protocol-unix auth-anonymous=1 socket="+filepath.Join(dir, "native"))
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Skipf("pulseaudio does not start: %v", err)
	}
	s := &Server{cmd}
	t.Cleanup(s.Kill)
	deadline := time.Now().Add(patience)
	for exec.Command("pactl", "info").Run() != nil {
		if time.Now().After(deadline) {
			t.Skipf("pulseaudio does not come up: %s", log.String())
		}
	}
	return s
}

// Kill ends the server as a crash does. It may be called twice.
func (s *Server) Kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}
