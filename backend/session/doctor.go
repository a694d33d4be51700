package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/doctor"
	"parley/backend/frame"
	"parley/backend/signaling"
	"parley/backend/signaling/firestore/auth"
	"parley/backend/sound"
)

// listenTime is how long the microphone is listened to, and a picture waited for.
const listenTime = 2 * time.Second

// quiet is a level below which nobody speaks and no room hums, dBov.
const quiet = -75

// Examine checks what a call needs: devices, signaling, network. It is for
// before a call. found, which may be nil, hears of each finding as it comes.
func Examine(ctx context.Context, c config.Config, log *slog.Logger, found func(doctor.Finding)) []doctor.Finding {
	if found == nil {
		found = func(doctor.Finding) {}
	}
	d := &deviceCheck{config: c, log: log}
	checks := []doctor.Check{
		{Name: "camera", Run: d.camera},
		{Name: "microphone", Run: d.microphone},
		{Name: "speaker", Run: d.speaker},
	}
	servers, hosts := doctorServers(c), signalingHosts(c)
	way := doctor.Network(servers)
	checks = append(checks, way[0])  // the own firewall: what follows suffers from it
	if len(servers)+len(hosts) > 0 { // else the local network is enough, which the next check looks at
		checks = append(checks, doctor.Connection(servers, hosts...))
	}
	checks = append(checks, doctor.Check{Name: "signaling", Run: func(ctx context.Context) doctor.Finding { return checkSignaling(ctx, c, log) }})
	return doctor.Run(ctx, append(checks, way[1:]...), found)
}

// signalingHosts are those that rooms are made at.
func signalingHosts(c config.Config) []string {
	if c.Signaling != "firestore" {
		return nil
	}
	if host, _, err := net.SplitHostPort(c.Firebase.Emulator); err == nil {
		return []string{host}
	}
	return []string{"firestore.googleapis.com", "identitytoolkit.googleapis.com"}
}

// Examine checks what a call needs, with the devices that are chosen. The
// error is a *call.Error of code InCall; a preview is dark meanwhile.
func (s *Session) Examine(ctx context.Context, found func(doctor.Finding)) ([]doctor.Finding, error) {
	now := s.Snapshot()
	if now.State.Live() {
		return nil, &call.Error{Code: call.InCall, Op: "examine", Err: errors.New("the call uses the devices")}
	}
	if now.Preview {
		if err := s.SetPreview(ctx, false); err != nil {
			return nil, err
		}
		defer func() { _ = s.SetPreview(context.WithoutCancel(ctx), true) }() // a call that began meanwhile shows the camera
	}
	c := s.config
	c.Devices = config.Devices(now.Choice)
	return Examine(ctx, c, s.log, found), nil
}

func doctorServers(c config.Config) (servers []doctor.Server) {
	for _, s := range newICEServers(c.ICE.Servers, nil).ours() {
		for _, url := range s.URLs {
			servers = append(servers, doctor.Server{URL: url, Username: s.Username, Credential: s.Credential})
		}
	}
	return servers
}

// deviceCheck opens the devices once, for all three checks of them.
type deviceCheck struct {
	config config.Config
	log    *slog.Logger

	once    sync.Once
	report  call.Report
	picture bool // one came
	level   int  // dBov, the loudest of what was heard
	trial   sound.Trial
}

func (d *deviceCheck) run(ctx context.Context) {
	d.once.Do(func() {
		devices := newDevices(d.config.Video, d.log)
		seen := make(chan struct{})
		see := sync.OnceFunc(func() { close(seen) })
		devices.video = func(frame.Video) { see() }
		devices.audio, devices.dark, devices.changed = func(frame.Audio) {}, func() {}, func(call.Report) {}
		d.report = devices.Apply(ctx, call.Want{Camera: true, Sound: true, Choice: call.Choice(d.config.Devices)})
		d.level = -127
		over := time.After(listenTime)
		tick := time.NewTicker(listenTime / 20)
		defer tick.Stop()
		for listening := true; listening; {
			select {
			case <-tick.C:
				d.level = max(d.level, devices.soundStats().Out.Level)
			case <-over:
				listening = false
			case <-ctx.Done():
				listening = false
			}
		}
		if sounds := devices.speaker(); sounds != nil && d.report.Speaker.Name != "" {
			d.trial = sounds.Try(ctx) // after the microphone was listened to, which would hear it
		}
		select {
		case <-seen:
			d.picture = true
		default:
		}
		devices.Apply(context.WithoutCancel(ctx), call.Want{})
	})
}

func (d *deviceCheck) camera(ctx context.Context) doctor.Finding {
	d.run(ctx)
	s := d.report.Camera
	if f, ok := d.without(s, "camera"); ok {
		return f
	}
	if !d.picture {
		return doctor.Finding{Level: doctor.Problem, Cause: "no_picture", What: fmt.Sprintf("The camera %q is open and sends no picture.", s.Name),
			Next: "Unplug it and plug it in again, or choose another one."}
	}
	return doctor.Finding{Level: doctor.OK, Cause: "works", What: fmt.Sprintf("The camera %q works.", s.Name)}
}

func (d *deviceCheck) microphone(ctx context.Context) doctor.Finding {
	d.run(ctx)
	s := d.report.Microphone
	if f, ok := d.without(s, "microphone"); ok {
		return f
	}
	if d.level < quiet {
		return doctor.Finding{Level: doctor.Warning, Cause: "silent", What: fmt.Sprintf("The microphone %q hears nothing (%d dB).", s.Name, d.level),
			Next: "Is it muted, by a switch of its own or in the system's sound settings?"}
	}
	return doctor.Finding{Level: doctor.OK, Cause: "works", What: fmt.Sprintf("The microphone %q hears something (%d dB).", s.Name, d.level)}
}

func (d *deviceCheck) speaker(ctx context.Context) doctor.Finding {
	d.run(ctx)
	s := d.report.Speaker
	if f, ok := d.without(s, "speaker"); ok {
		return f
	}
	const turnUp = "Turn it up in the system's sound settings, then check again."
	switch {
	case d.trial.Stalled:
		return doctor.Finding{Level: doctor.Problem, Cause: "stalled", What: fmt.Sprintf("The speaker %q is open and does not take the sound that is sent to it.", s.Name),
			Next: "Unplug it and plug it in again, or choose another one."}
	case d.trial.Muted:
		return doctor.Finding{Level: doctor.Problem, Cause: "speaker_muted", What: fmt.Sprintf("The system mutes the speaker %q, or has it turned down to nothing.", s.Name), Next: turnUp}
	case d.trial.Shut:
		return doctor.Finding{Level: doctor.Problem, Cause: "parley_muted", What: "The system's mixer mutes Parley, or has it turned down to nothing.", Next: turnUp}
	case d.trial.Lost:
		return doctor.Finding{Level: doctor.Warning, Cause: "not_played", What: fmt.Sprintf("The speaker %q took a sound, and nothing of it is in what the system plays.", s.Name),
			Next: "Did you hear two notes? If not, choose another speaker, or look at the system's sound settings."}
	case d.trial.Heard:
		return doctor.Finding{Level: doctor.OK, Cause: "heard", What: fmt.Sprintf("The speaker %q played two notes, and the microphone heard them.", s.Name)}
	}
	return doctor.Finding{Level: doctor.OK, Cause: "works", What: fmt.Sprintf("The speaker %q played two notes.", s.Name),
		Next: "If you did not hear them: turn it up, look at its plug and its switch, or choose another one."}
}

// without tells why a device does not run.
func (d *deviceCheck) without(s call.Status, name string) (doctor.Finding, bool) {
	if s.Problem == nil && s.Name != "" {
		return doctor.Finding{}, false
	}
	if s.Problem == nil {
		return doctor.Finding{Level: doctor.Skipped, Cause: "off", What: fmt.Sprintf("The settings turn the %s off.", name)}, true
	}
	f := doctor.Finding{Level: doctor.Problem, Cause: string(s.Problem.Code)}
	switch s.Problem.Code {
	case call.NoCamera, call.NoMicrophone, call.NoSpeaker:
		f.What = fmt.Sprintf("There is no %s.", name)
		f.Next = "Plug one in. A call also works without."
	case call.CameraBusy, call.MicBusy:
		f.What, f.Next = fmt.Sprintf("Another program uses the %s.", name), "Close the program that uses it."
	case call.CameraRefused, call.MicRefused:
		f.What, f.Next = fmt.Sprintf("The system does not allow the %s.", name), "Allow it in the system's privacy settings."
	default:
		f.What, f.Next = fmt.Sprintf("The %s that is set cannot be used: %v.", name, s.Problem), "Choose another one; `parley devices` lists them."
	}
	return f, true
}

// checkSignaling tells whether a room could be made.
func checkSignaling(ctx context.Context, c config.Config, log *slog.Logger) doctor.Finding {
	switch c.Signaling {
	case "firestore":
		return checkFirestore(ctx, c.Firebase, c.DataDir, log)
	case "manual":
		return doctor.Finding{Level: doctor.OK, Cause: "by_hand", What: "Calls are made by hand, with codes: no server is needed."}
	default:
		return checkLAN(ctx, c, log)
	}
}

// clockTolerance is how wrong this machine's clock may be before we say so.
const clockTolerance = time.Minute

// checkFirestore signs in to the Firebase project and asks its database.
func checkFirestore(ctx context.Context, f config.Firebase, dir string, log *slog.Logger) doctor.Finding {
	client, err := openFirestore(f, dir, log)
	if err != nil {
		return doctor.Finding{Level: doctor.Problem, Cause: "internal", What: err.Error(), Next: "Report this to us."}
	}
	defer func() { _ = client.Close() }() // it held nothing
	ahead, err := client.Check(ctx)
	problem := func(cause, what, next string) doctor.Finding {
		return doctor.Finding{Level: doctor.Problem, Cause: cause, What: fmt.Sprintf("%s: %v.", what, err), Next: next}
	}
	switch {
	case errors.Is(err, auth.ErrSignInOff):
		return problem("sign_in_off", "Nobody can sign in to the Firebase project", "Switch anonymous sign-in on, in the Firebase console under Authentication, Sign-in method.")
	case errors.Is(err, auth.ErrBadKey):
		return problem("bad_key", "Firebase does not know the API key", "Copy the web app's configuration anew from the Firebase console: parley config import FILE.")
	case errors.Is(err, signaling.ErrRefused):
		return problem("refused", "The Firebase project refuses us", "Does it have a Firestore database, with the rules of build/firebase, and does it not enforce App Check?")
	case errors.Is(err, signaling.ErrTooMany):
		return problem("too_many", "The Firebase project's quota is used up", "Wait until it begins anew, or give the project a larger plan.")
	case err != nil:
		return problem("unreachable", "Firebase cannot be reached", "Is this machine on the internet, and does the firewall let it reach googleapis.com?")
	case ahead.Abs() > clockTolerance:
		which := "ahead"
		if ahead < 0 {
			which = "behind"
		}
		return doctor.Finding{Level: doctor.Warning, Cause: "clock", What: fmt.Sprintf("Rooms can be made; this machine's clock is %v %s.", ahead.Abs().Round(time.Second), which),
			Next: "Let the system set its clock by the network. Calls work; other programs may not."}
	}
	return doctor.Finding{Level: doctor.OK, Cause: "works", What: fmt.Sprintf("Rooms can be made in the Firebase project %s.", f.Project)}
}

func checkLAN(ctx context.Context, c config.Config, log *slog.Logger) doctor.Finding {
	l := newLANSignaling(c, nil, log)
	server, err := l.start(ctx)
	if err != nil {
		return doctor.Finding{Level: doctor.Problem, Cause: "no_server", What: fmt.Sprintf("The room server cannot start: %v.", err),
			Next: "Choose another address (lan.address in the settings)."}
	}
	defer func() { _ = l.close() }() // nobody was in it
	origin, err := url.Parse(server.Origin())
	if err != nil {
		return doctor.Finding{Level: doctor.Problem, Cause: "internal", What: err.Error(), Next: "Report this to us."}
	}
	if ip, err := netip.ParseAddr(origin.Hostname()); err == nil && ip.IsLoopback() {
		return doctor.Finding{Level: doctor.Warning, Cause: "no_network", What: "This machine is on no network: nobody else can reach its rooms.",
			Next: "Connect to a network, the one that the phone is on."}
	}
	if at, err := netip.ParseAddrPort(origin.Host); err == nil {
		if f, is := doctor.Reachable(ctx, at); is {
			return f
		}
	}
	return doctor.Finding{Level: doctor.OK, Cause: "works", What: fmt.Sprintf("Rooms can be made; the other side finds them at %s, if this machine's firewall lets it in.", origin.Host)}
}
