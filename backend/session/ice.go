package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/backend/config"
	"parley/backend/relay"
	"parley/backend/signaling"
)

// credentialLife is as long as a call in a room may last: an ICE restart at its
// end needs credentials, too.
const credentialLife = 24 * time.Hour

// iceServers are the STUN and TURN servers of our calls: those of the settings,
// and the LAN mode's own relay.
type iceServers struct {
	config []config.ICEServer
	log    *slog.Logger
	key    []byte // the relay's secret

	mu    sync.Mutex
	relay *relay.Relay // nil: none runs
	at    netip.Prefix // its address, and the network that it relays into
}

func newICEServers(servers []config.ICEServer, log *slog.Logger) *iceServers {
	s := &iceServers{config: servers, log: log, key: make([]byte, 32)}
	_, _ = rand.Read(s.key) // never fails
	return s
}

// openRelay has the relay run at an address of ours, and at no other.
func (s *iceServers) openRelay(at netip.Prefix) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relay != nil && s.at == at {
		return nil
	}
	if s.relay != nil { // of a network that we have left
		if err := s.relay.Close(); err != nil {
			s.log.Warn("close the relay", "err", err)
		}
	}
	anyPort := net.JoinHostPort(at.Addr().String(), "0")
	r, err := relay.Start(relay.Options{
		UDP: anyPort, TCP: anyPort,
		Secret:        s.key,
		PublicIPs:     []netip.Addr{at.Addr()},
		AllowPeers:    []netip.Prefix{at.Masked()},
		NoPublicPeers: true,
		Logger:        s.log,
	})
	if err != nil {
		s.relay = nil
		return err
	}
	s.relay, s.at = r, at
	return nil
}

func (s *iceServers) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relay == nil {
		return nil
	}
	return s.relay.Close()
}

// ours are for one call of ours.
func (s *iceServers) ours() []signaling.ICEServer {
	user := rand.Text()
	return slices.Concat(s.configured(user, false), s.relayed(user))
}

// guests are for whoever joins a room of ours. The same room is the same user,
// so that coming back gives no new quota. The relay, and who listens on the way
// to it, are not told the room's ID, which opens the room.
func (s *iceServers) guests(room signaling.RoomID) []signaling.ICEServer {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "guest of %s", room)
	user := hex.EncodeToString(mac.Sum(nil)[:16])
	return signaling.ValidICEServers(slices.Concat(s.relayed(user), s.configured(user, true)))
}

func (s *iceServers) relayed(user string) []signaling.ICEServer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.relay == nil {
		return nil
	}
	return s.relay.ICEServers("", user, credentialLife)
}

// configured are the servers of the settings, with credentials made for the user
// where there is a secret. A fixed password is not for guests.
func (s *iceServers) configured(user string, guest bool) (list []signaling.ICEServer) {
	for _, c := range s.config {
		server := signaling.ICEServer{URLs: c.URLs, Username: c.Username, Credential: string(c.Credential)}
		if c.Secret != "" {
			server.Username, server.Credential = relay.Credentials([]byte(c.Secret), user, credentialLife)
		} else if guest {
			server = signaling.ICEServer{URLs: slices.DeleteFunc(slices.Clone(c.URLs), func(u string) bool {
				return !strings.HasPrefix(strings.ToLower(u), "stun")
			})}
		}
		if len(server.URLs) > 0 {
			list = append(list, server)
		}
	}
	return list
}
