package session

import (
	"context"
	"net"
	"testing"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/signaling"
)

func TestARoomIsOpenedAgainUnderItsInvite(t *testing.T) {
	for _, relay := range []bool{false, true} { // with one the server starts for its sake
		dir := t.TempDir()
		same := func(c *config.Config) { c.DataDir, c.LAN.Relay = dir, relay }
		before := open(t, same)
		if err := before.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		invite := until(t, before, "waiting", in(call.Waiting)).Invite
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}

		after := open(t, same)
		if !after.Reopenable(invite) {
			t.Fatalf("%s is not", invite)
		}
		if err := after.Reopen(t.Context(), invite); err != nil {
			t.Fatal(err)
		}
		if got := until(t, after, "waiting", in(call.Waiting)).Invite; got != invite {
			t.Fatalf("the invite is %s, and was %s", got, invite)
		}
		guest := open(t, nil)
		if err := guest.Join(t.Context(), invite); err != nil {
			t.Fatal(err)
		}
		until(t, after, "connected", in(call.Connected))
		if err := after.Reopen(t.Context(), invite); err == nil {
			t.Error("opened again in a call")
		}
		if err := guest.HangUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, after, "ended", in(call.Ended))
		// The next room is a new one.
		if err := after.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := until(t, after, "waiting", in(call.Waiting)).Invite; got == invite {
			t.Error("the old room came back")
		}
	}
}

func TestARoomWhosePortIsTakenIsOpenedBesides(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := open(t, nil)
	id := signaling.NewRoomID()
	if err := s.Reopen(t.Context(), "https://"+taken.Addr().String()+"/#room="+id.String()); err != nil {
		t.Fatal(err)
	}
	if got := until(t, s, "waiting", in(call.Waiting)); got.Room != id.String() {
		t.Errorf("the room is %s, and was %s", got.Room, id)
	}
}

func TestWhatCannotBeReopened(t *testing.T) {
	lan := open(t, nil)
	cloud := open(t, func(c *config.Config) {
		c.Signaling = "firestore"
		c.Firebase = config.Firebase{Project: "demo-a", Auth: "none", Emulator: "127.0.0.1:1"}
	})
	const here, hosted = "https://127.0.0.1:7373/#room=0123-4567-89ab", "https://demo-a.web.app/#room=0123-4567-89ab"
	if !lan.Reopenable(here) || lan.Reopenable("nonsense") || lan.Reopenable("0123-4567-89ab") || cloud.Reopenable(hosted) || cloud.Reopenable(here) {
		t.Error("the wrong ones")
	}
	if err := lan.Reopen(t.Context(), "nonsense"); err != nil { // a new room then
		t.Fatal(err)
	}
	until(t, lan, "waiting", in(call.Waiting))
}

func TestSamePort(t *testing.T) {
	for _, test := range [][3]string{
		{config.DefaultLANAddress, "https://192.0.2.1:4444", ":4444"},
		{"127.0.0.1:0", "https://127.0.0.1:4444", "127.0.0.1:4444"},
		{":9000", "https://192.0.2.1:4444", ":9000"},
		{":0", "https://ada.example", ":0"},
		{":0", "://", ":0"},
	} {
		if got := samePort(test[0], test[1]); got != test[2] {
			t.Errorf("%s for %s is %s", test[0], test[1], got)
		}
	}
}
