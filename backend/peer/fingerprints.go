package peer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

var errNoCertificate = errors.New("there is no certificate yet")

// Fingerprints are the SHA-256 of both sides' DTLS certificates: ours, and the
// one whose key the other side has proven to have. They are there when the
// control channel is, and stay the same while the connection lasts.
func (p *Peer) Fingerprints() (ours, theirs [sha256.Size]byte, err error) {
	const op = "read fingerprints"
	transport := p.pc.SCTP().Transport()
	certificate := transport.GetRemoteCertificate()
	if len(certificate) == 0 {
		return ours, theirs, fmt.Errorf("%s: %w", op, errNoCertificate)
	}
	local, err := transport.GetLocalParameters()
	if err != nil {
		return ours, theirs, fmt.Errorf("%s: %w", op, err)
	}
	for _, f := range local.Fingerprints {
		if strings.EqualFold(f.Algorithm, "sha-256") {
			text, err := hex.DecodeString(strings.ReplaceAll(f.Value, ":", ""))
			if err == nil && copy(ours[:], text) == len(ours) {
				return ours, sha256.Sum256(certificate), nil
			}
		}
	}
	return ours, theirs, fmt.Errorf("%s: %w", op, errNoCertificate)
}
