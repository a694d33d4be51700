package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// relay asks a TURN server for an allocation and measures the way there. One that
// cannot be used is no problem where another one can.
func (n *network) relay(ctx context.Context, s Server) Finding {
	bounded, cancel := context.WithTimeout(ctx, relayTimeout)
	defer cancel()
	a, f := allocate(bounded, s)
	a.cause, a.works = f.Cause, f.Level != Problem
	n.mu.Lock()
	n.asked = append(n.asked, a)
	n.mu.Unlock()
	n.pending.Done()
	if f.Level == Problem && n.anyRelay(ctx) {
		f.Level = Warning
	}
	return f
}

func allocate(ctx context.Context, s Server) (answer, Finding) {
	uri, err := stun.ParseURI(s.URL)
	if err != nil {
		return answer{}, Finding{Level: Problem, Cause: "bad_server", What: "This is no address of a TURN server.", Next: "It should be like turn:HOST?transport=udp or turns:HOST."}
	}
	if onlyIPv6() {
		return answer{}, ipv6Only
	}
	conn, protocol, err := dial(ctx, uri, s.Roots)
	a := answer{protocol: protocol, port: uri.Port}
	if err != nil {
		return a, refusal(err)
	}
	defer conn.Close()
	var way measure
	if protocol == "udp" {
		if way, err = measureUDP(ctx, uri); err != nil {
			return a, refusal(err)
		}
	}
	logs := logging.NewDefaultLoggerFactory()
	logs.Writer = io.Discard
	address := net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: address, TURNServerAddr: address,
		Username: s.Username, Password: s.Credential, Conn: conn, LoggerFactory: logs,
	})
	if err != nil {
		return a, refusal(err)
	}
	defer client.Close()
	defer context.AfterFunc(ctx, func() { // the client's own patience is 25 s
		client.Close()
		_ = conn.Close()
	})()
	if err := client.Listen(); err != nil {
		return a, refusal(err)
	}
	relayed, err := client.Allocate()
	if err != nil {
		return a, refusal(err)
	}
	defer relayed.Close()
	if protocol != "udp" {
		way = measureTCP(client)
	}
	return a, way.finding(protocol)
}

// refusal tells why a relay gave no allocation.
func refusal(err error) Finding {
	var code stun.ErrorCode
	if answer, ok := errors.AsType[*stun.TurnError](err); ok {
		code = answer.ErrorCodeAttr.Code
	}
	_, unknown := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	f := Finding{Level: Problem, Next: "Ask whoever runs it."}
	switch {
	case unknown:
		f.Cause, f.What, f.Next = "dns", "The relay's name cannot be looked up.", "Check the network and the name in the settings, then try again."
	case errors.Is(err, syscall.ENETUNREACH):
		f = offline
	case denied(err):
		f.Cause, f.What = "own_firewall_out", "This machine's own firewall does not let packets to the relay out."
		f.Next = "Allow UDP to the relay in this machine's firewall."
	case untrusted:
		f.Cause, f.What = "certificate", "The relay's certificate is not valid for its name, or not at the time that this machine's clock shows."
	case code == stun.CodeUnauthorized, code == stun.CodeWrongCredentials, code == stun.CodeBadRequest: // pion's server means a wrong password by the last
		f.Cause, f.What, f.Next = "credentials", "The relay does not accept the user name and password.", "Check them in the settings; time-limited ones may have expired."
	case code == stun.CodeAllocQuotaReached, code == stun.CodeInsufficientCapacity:
		f.Cause, f.What, f.Next = "quota", "The relay is full.", "Try again in a few minutes."
	case code == stun.CodeForbidden:
		f.Cause, f.What = "forbidden", "The relay refuses to serve this machine."
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Cause, f.What = "not_running", "Nothing listens at the relay's address, or a firewall refuses."
	default:
		f.Cause, f.What = "unreachable", "The relay does not answer: a firewall is in the way, or it is down."
		f.Next = "A relay on TCP port 443 (turns:HOST:443) passes most firewalls."
	}
	return f
}

// dial opens the way to a TURN server.
func dial(ctx context.Context, uri *stun.URI, roots *x509.CertPool) (net.PacketConn, string, error) {
	address := net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	var d net.Dialer
	switch {
	case uri.Proto == stun.ProtoTypeUDP && uri.Scheme == stun.SchemeTypeTURN:
		conn, err := net.ListenPacket("udp4", ":0")
		return conn, "udp", err
	case uri.Scheme == stun.SchemeTypeTURN:
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, "tcp", err
		}
		return turn.NewSTUNConn(conn), "tcp", nil
	case uri.Scheme == stun.SchemeTypeTURNS && uri.Proto == stun.ProtoTypeTCP:
		t := tls.Dialer{NetDialer: &d, Config: &tls.Config{ServerName: uri.Host, RootCAs: roots}}
		conn, err := t.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, "tls", err
		}
		return turn.NewSTUNConn(conn), "tls", nil
	}
	return nil, "", errors.New("this kind of server is not checked")
}
