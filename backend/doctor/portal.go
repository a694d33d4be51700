package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// nowhere is an address at which no host is (TEST-NET-1, RFC 5737): what answers
	// there is the network itself.
	nowhere = "192.0.2.1"
	// portalTimeout bounds each question to a portal, which is near.
	portalTimeout = 2 * time.Second
)

// portal looks for a network that wants its user to sign in before it lets anything
// through: it answers plain HTTP in place of the host that was asked, by a redirect,
// a page of its own or status 511 (RFC 6585, section 6). What DHCP says of it (RFC
// 8910) the system keeps to itself. Some answer HTTPS alone, with a certificate of
// their own: that is told of those hosts whose certificate is beyond doubt.
func portal(ctx context.Context, hosts, certain []string) (Finding, bool) {
	ctx, cancel := context.WithTimeout(ctx, portalTimeout)
	defer cancel()
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		found *Finding
		other string
	)
	for _, host := range certain {
		work.Go(func() {
			if answeredByAnother(ctx, host) {
				mu.Lock()
				defer mu.Unlock()
				other = host
			}
		})
	}
	asked := slices.Clone(hosts)
	if !besideUs(nowhere) {
		asked = append(asked, nowhere)
	}
	for _, host := range asked {
		work.Go(func() {
			page, ok := intercepted(ctx, host)
			if !ok {
				return
			}
			f := Finding{Level: Problem, Cause: "portal", What: "This network wants you to sign in before it lets anything through.",
				Next: "Open any web page in a browser: the network's own page comes in its place. Sign in there, then check again."}
			if page != "" {
				f.Next = fmt.Sprintf("Open any web page in a browser: it leads to %s. Sign in there, then check again.", page)
			}
			mu.Lock()
			defer mu.Unlock()
			if found == nil || page != "" {
				found = &f
			}
			cancel() // one is enough
		})
	}
	work.Wait()
	switch {
	case found != nil:
		return *found, true
	case other != "":
		return Finding{Level: Problem, Cause: "intercepted", What: fmt.Sprintf("Something else answers in place of %s, with a certificate of its own.", other),
			Next: "If this network wants you to sign in, open a web page in a browser and do. A company's proxy or a virus scanner can be the cause as well: ask whoever runs the network."}, true
	}
	return Finding{}, false
}

// besideUs tells whether an address is in a network that this machine is in, where it
// may belong to somebody after all.
func besideUs(address string) bool {
	addrs, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, is := a.(*net.IPNet)
		return is && n.Contains(net.ParseIP(address))
	})
}

// intercepted tells whether something else answers in the host's place, and the
// host of the page that it leads to, if it leads to one.
func intercepted(ctx context.Context, host string) (page string, is bool) {
	dialer := &net.Dialer{}
	client := &http.Client{
		// Without a proxy: what stands in the way is to be seen.
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	asked := url.URL{Scheme: "http", Host: bracketed(host), Path: "/"}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, asked.String(), http.NoBody)
	if err != nil {
		return "", false
	}
	answer, err := client.Do(request)
	if err != nil {
		return "", false
	}
	_ = answer.Body.Close() // nothing of it was read
	if to, err := answer.Location(); err == nil {
		page = to.Hostname()
	}
	moved := answer.StatusCode/100 == 3 && page != "" && !strings.EqualFold(page, host)
	switch {
	case answer.StatusCode == http.StatusNetworkAuthenticationRequired:
		return page, true
	case !moved && answer.StatusCode != http.StatusOK: // a proxy may say by an error that nobody is there
		return "", false
	case host == nowhere:
		return page, true
	}
	return page, answeredByAnother(ctx, host)
}

// answeredByAnother tells whether HTTPS at host is answered by one that is not it: a
// web server may as well redirect plain HTTP to where it likes. A certificate that
// is out of date is a matter of the clock.
func answeredByAnother(ctx context.Context, host string) bool {
	t := tls.Dialer{Config: &tls.Config{ServerName: host}}
	conn, err := t.DialContext(ctx, "tcp", net.JoinHostPort(host, "443"))
	if err == nil {
		_ = conn.Close()
		return false
	}
	wrong, is := errors.AsType[*tls.CertificateVerificationError](err)
	return is && !outOfDate(wrong)
}

// outOfDate tells that a certificate is not valid now, by this machine's clock.
func outOfDate(err *tls.CertificateVerificationError) bool {
	invalid, is := errors.AsType[x509.CertificateInvalidError](err)
	return is && invalid.Reason == x509.Expired
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
