package session

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"sync"
	"sync/atomic"

	"parley/backend/call"
	"parley/backend/config"
	"parley/backend/frame"
	"parley/backend/media"
	"parley/backend/peer"
	"parley/backend/signaling/manual/qr"
	"parley/backend/sound"
)

// previewBitrate is what the camera is encoded for until the connection is known, bit/s.
const previewBitrate = 1_500_000

// devices are the camera, the microphone and the speaker of a session, and the
// screen that it shares (screens.go). They
// outlive a call: what both the preview and the call want stays open.
type devices struct {
	config  config.Video
	log     *slog.Logger
	video   func(frame.Video) // takes our pictures
	dark    func()            // there are no more of them for now
	audio   func(frame.Audio) // takes our voice
	changed func(call.Report) // a device stopped by itself
	paused  func(bool)        // our pictures stop for want of bitrate, or go on
	lookout *lookout          // nil in tests that want none

	screenOut func(frame.Video) // takes the pictures of our screen

	scanner atomic.Pointer[qr.Scanner] // looks through the camera; nil while nobody scans
	mirror  func(*image.YCbCr)         // shows our user what the camera sees
	needed  func() bool                // somebody may get our pictures

	mu      sync.Mutex // guards what follows; never held while a device opens or closes
	camera  *media.Video
	screen  *media.Video
	asking  *asking // until our user has chosen what to share; else nil
	sound   *sound.Sound
	report  call.Report
	codec   frame.Codec
	bitrate int // bit/s that the connection carries
	limit   int // bit/s of it that may be used; 0 is all
	voice   peer.Voice
	muted   bool
	follows struct{ microphone, speaker bool } // the system's default, wherever it moves

	screenCodec frame.Codec

	runs  call.Want // of Apply alone: what was tried, whether it works or not
	looks bool      // of Apply alone: the list of devices is kept for us
}

func newDevices(c config.Video, log *slog.Logger) *devices {
	codec := frame.Codec(c.Codec)
	return &devices{
		config: c, log: log, codec: codec, screenCodec: codec, bitrate: previewBitrate, voice: wholeVoice,
		paused: func(bool) {}, mirror: func(*image.YCbCr) {}, needed: func() bool { return true },
	}
}

// Apply opens and closes devices until what runs is what is wanted.
func (d *devices) Apply(ctx context.Context, w call.Want) call.Report {
	has := d.runs
	d.mu.Lock()
	r := d.report
	d.mu.Unlock()
	again := w.Retry != has.Retry
	chosen := w.Choice.Camera == has.Choice.Camera || r.Camera.ID != "" && w.Choice.Camera == r.Camera.ID
	camera := w.Camera == has.Camera && chosen && !(again && r.Camera.Problem != nil)
	screen := w.Screen == has.Screen && !(again && r.Screen.Problem != "")
	sounds := w.Sound == has.Sound && w.Choice.Microphone == has.Choice.Microphone && w.Choice.Speaker == has.Choice.Speaker &&
		!(again && (r.Microphone.Problem != nil || r.Speaker.Problem != nil))

	var work sync.WaitGroup
	if !camera {
		work.Go(func() {
			d.closeCamera()
			if w.Camera {
				d.openCamera(ctx, w.Choice.Camera)
			}
		})
	}
	if !screen {
		work.Go(func() {
			d.closeScreen()
			if w.Screen != "" {
				d.openScreen(ctx, w.Screen)
			}
		})
	}
	if !sounds {
		work.Go(func() {
			d.closeSound()
			if w.Sound {
				d.openSound(ctx, w.Choice)
			}
		})
	}
	work.Wait()
	d.runs = w
	d.lookOut(unpluggable(w))
	if ctx.Err() != nil {
		// Cut short: what was being opened did not get its time, and has no
		// problem that anybody should hear of.
		if !camera {
			d.closeCamera()
			d.runs.Camera = false
		}
		if !screen {
			d.closeScreen()
			d.runs.Screen = ""
		}
		if !sounds {
			d.closeSound()
			d.runs.Sound = false
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.told()
}

// told is the report for the call; d.mu is held.
func (d *devices) told() call.Report {
	d.report.Seq++
	return d.report
}

func (d *devices) openCamera(ctx context.Context, name string) {
	if name == media.None {
		return
	}
	d.mu.Lock()
	codec := d.codec
	bitrate, _ := d.split(d.bitrate)
	d.mu.Unlock()
	var v *media.Video
	settled := make(chan struct{}) // a camera may fail before it is ours
	defer close(settled)
	v, err := media.Start(ctx, media.Options{
		Camera: name,
		Width:  d.config.Width, Height: d.config.Height, FrameRate: d.config.FrameRate,
		Codec: codec, Bitrate: bitrate,
		Out:    d.video,
		Needed: d.needed,
		Paused: d.paused,
		Look:   d.look,
		Failed: func(err error) {
			<-settled
			d.cameraFailed(v, err)
		},
		Logger: d.log,
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.report.Camera = call.Status{Problem: problem("open the camera", err)}
		return
	}
	d.camera = v
	d.report.Camera = call.Status{ID: v.ID(), Name: v.Name()}
	d.setTarget() // may have changed meanwhile
	if err := v.SetCodec(d.codec); err != nil {
		d.log.Error("set video codec", "err", err)
	}
}

// look shows a picture of ours to whoever scans, and to our user.
func (d *devices) look(p *image.YCbCr) {
	if s := d.scanner.Load(); s != nil {
		s.Look(p)
	}
	d.mirror(p)
}

func (d *devices) closeCamera() {
	d.mu.Lock()
	v := d.camera
	d.camera, d.report.Camera = nil, call.Status{}
	d.setTarget()
	d.mu.Unlock()
	if v != nil {
		if err := v.Close(); err != nil {
			d.log.Warn("close the camera", "err", err)
		}
		d.paused(false)
		d.dark()
	}
}

func (d *devices) cameraFailed(v *media.Video, err error) {
	d.lookNow()
	d.mu.Lock()
	if d.camera != v {
		d.mu.Unlock()
		return
	}
	d.log.Warn("the camera stopped", "err", err)
	d.report.Camera = call.Status{Problem: problem("use the camera", err)}
	r := d.told()
	d.mu.Unlock()
	d.dark()
	d.changed(r)
}

func (d *devices) openSound(ctx context.Context, c call.Choice) {
	var s *sound.Sound
	settled := make(chan struct{}) // a device may fail before it is ours
	defer close(settled)
	s, err := sound.Open(ctx, sound.Options{
		Microphone: c.Microphone,
		Speaker:    c.Speaker,
		Out:        d.audio,
		Failed: func(err error) {
			<-settled
			d.soundFailed(s, err)
		},
		Logger: d.log,
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.report.Microphone = call.Status{Problem: problem("open the sound devices", err)}
		d.report.Speaker = d.report.Microphone
		return
	}
	s.SetMicrophone(!d.muted)
	s.SetBitrate(d.voice.Bitrate)
	s.SetPacket(d.voice.Packet)
	d.sound = s
	d.follows.microphone, d.follows.speaker = c.Microphone == "", c.Speaker == ""
	d.readSound()
}

// readSound fills the report in from the sound devices; d.mu is held.
func (d *devices) readSound() {
	microphone, speaker := d.sound.Names()
	microphoneID, speakerID := d.sound.IDs()
	badMicrophone, badSpeaker := d.sound.Problems()
	d.report.Microphone = call.Status{ID: microphoneID, Name: microphone, Problem: problem("open the microphone", badMicrophone)}
	d.report.Speaker = call.Status{ID: speakerID, Name: speaker, Problem: problem("open the speaker", badSpeaker)}
}

func (d *devices) closeSound() {
	d.mu.Lock()
	s := d.sound
	d.sound, d.report.Microphone, d.report.Speaker = nil, call.Status{}, call.Status{}
	d.mu.Unlock()
	if s != nil {
		if err := s.Close(); err != nil {
			d.log.Warn("close the sound devices", "err", err)
		}
	}
}

func (d *devices) soundFailed(s *sound.Sound, err error) {
	d.log.Warn("a sound device stopped", "err", err)
	d.lookNow()
	d.mu.Lock()
	if d.sound != s {
		d.mu.Unlock()
		return
	}
	d.readSound()
	r := d.told()
	d.mu.Unlock()
	d.changed(r)
}

// Mute silences the microphone at once.
func (d *devices) Mute(muted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.muted = muted
	if d.sound != nil {
		d.sound.SetMicrophone(!muted)
	}
}

// setCodec makes the camera's encoder speak what the other side takes.
func (d *devices) setCodec(c frame.Codec) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.codec = c
	if d.camera != nil {
		if err := d.camera.SetCodec(c); err != nil {
			d.log.Error("set video codec", "codec", c, "err", err)
		}
	}
}

// setBitrate is what the connection carries of our pictures, bit/s; 0 is none.
func (d *devices) setBitrate(bitrate int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bitrate = bitrate
	d.setTarget()
}

// Limit is what our pictures may take at most, bit/s; 0 is no limit.
func (d *devices) Limit(bitrate int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bitrate
	d.setTarget()
}

// ofCamera is the camera's part of a bitrate.
func (d *devices) ofCamera(bitrate int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	camera, _ := d.split(bitrate)
	return camera
}

// setTarget is for whoever holds d.mu.
func (d *devices) setTarget() {
	camera, screen := d.split(d.bitrate)
	if d.camera != nil {
		d.camera.SetBitrate(camera)
	}
	if d.screen != nil {
		d.screen.SetBitrate(screen)
	}
}

// within is a bitrate within a limit; 0 is none.
func within(bitrate, limit int) int {
	if limit > 0 {
		return min(bitrate, limit)
	}
	return bitrate
}

// keyframe asks the camera's encoder for one.
func (d *devices) keyframe() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.camera != nil {
		d.camera.Keyframe()
	}
}

// setLoss tells the voice's encoder which part of its packets is lost, 0 to 1.
func (d *devices) setLoss(fraction float64) {
	if s := d.speaker(); s != nil {
		s.SetLoss(fraction)
	}
}

// wholeVoice is what it is without a connection that says otherwise.
var wholeVoice = peer.Voice{Bitrate: sound.Bitrate}

// setVoice is what the voice's encoder is to make.
func (d *devices) setVoice(v peer.Voice) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.voice = v
	if d.sound != nil {
		d.sound.SetBitrate(v.Bitrate)
		d.sound.SetPacket(v.Packet)
	}
}

// speaker is the open sound device, or nil.
func (d *devices) speaker() *sound.Sound {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sound
}

// problem gives a device's error the code that the page explains.
func problem(op string, err error) *call.Error {
	if err == nil {
		return nil
	}
	code := call.BadDevice
	for _, p := range problems {
		if errors.Is(err, p.err) {
			code = p.code
			break
		}
	}
	return &call.Error{Code: code, Op: op, Err: err}
}

var problems = []struct {
	err  error
	code call.Code
}{
	{media.ErrNoCamera, call.NoCamera},
	{media.ErrCameraLost, call.NoCamera},
	{media.ErrCameraBusy, call.CameraBusy},
	{media.ErrCameraRefused, call.CameraRefused},
	{sound.ErrNoMicrophone, call.NoMicrophone},
	{sound.ErrMicrophoneBusy, call.MicBusy},
	{sound.ErrMicrophoneRefused, call.MicRefused},
	{sound.ErrNoSpeaker, call.NoSpeaker},
}

func (d *devices) soundStats() sound.Stats {
	if s := d.speaker(); s != nil {
		return s.Stats()
	}
	var silent sound.Stats
	silent.In.Level, silent.Out.Level = -127, -127
	return silent
}
