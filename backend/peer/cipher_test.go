package peer

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"parley/backend/frame"
)

// A packet that is sent again has its old sequence number and another header: under AES-GCM
// that would be one nonce for two messages (RFC 7714, 8.1). So two that could both do that
// agree on another cipher, whose tag is of 10 bytes and not of 16 (RFC 3711, 5.2).
func TestCipherAllowsToSendAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sound, tag = 40, 10 // bytes
		var mu sync.Mutex
		var tags []int
		caller, callee := networkPair(t, time.Millisecond, func(from string, b []byte) bool {
			if strings.HasPrefix(from, "10.1.0.1") && isRTP(b) {
				var h rtp.Header
				if n, err := h.Unmarshal(b); err == nil {
					mu.Lock()
					tags = append(tags, len(b)-n-sound)
					mu.Unlock()
				}
			}
			return false
		}, frame.VP8)
		if err := caller.WriteAudio(frame.Audio{Data: make([]byte, sound)}); err != nil {
			t.Fatal(err)
		}
		get(t, callee.audio, "sound")
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(tags, []int{tag}) {
			t.Errorf("packets with tags of %v bytes", tags)
		}
	})
}
