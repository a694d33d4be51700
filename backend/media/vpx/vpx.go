// Package vpx encodes VP8 with libvpx in real time, for calls: constant
// bitrate, no lookahead, no key frame but the first and those asked for.
//
// mediadevices' own wrapper takes 47 ms for a 720p frame, because it leaves
// cpu_used at 0 and reconfigures the encoder on every frame.
package vpx

/*
#cgo pkg-config: vpx
#include <stdlib.h>
#include <vpx/vpx_encoder.h>
#include <vpx/vp8cx.h>

typedef struct {
	vpx_codec_ctx_t ctx;
	vpx_codec_enc_cfg_t cfg;
} encoder;

static vpx_codec_err_t encoder_config(encoder *e, int w, int h, int kbps, int threads) {
	vpx_codec_err_t err = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->cfg, 0);
	if (err) return err;
	e->cfg.g_w = w;
	e->cfg.g_h = h;
	e->cfg.g_timebase.num = 1;
	e->cfg.g_timebase.den = 1000000;
	e->cfg.g_threads = threads;
	e->cfg.g_lag_in_frames = 0;
	e->cfg.g_pass = VPX_RC_ONE_PASS;
	e->cfg.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
	e->cfg.rc_end_usage = VPX_CBR;
	e->cfg.rc_target_bitrate = kbps;
	e->cfg.rc_min_quantizer = 2;
	e->cfg.rc_max_quantizer = 63;
	e->cfg.rc_undershoot_pct = 100;
	e->cfg.rc_overshoot_pct = 15;
	// In ms: half of libvpx's defaults, as what is ahead of the target waits
	// in the sender's pacer.
	e->cfg.rc_buf_initial_sz = 300;
	e->cfg.rc_buf_optimal_sz = 400;
	e->cfg.rc_buf_sz = 600;
	e->cfg.rc_dropframe_thresh = 0;
	e->cfg.rc_resize_allowed = 0;
	e->cfg.kf_mode = VPX_KF_DISABLED;
	return VPX_CODEC_OK;
}

static vpx_codec_err_t encoder_open(encoder *e, int cpu_used, int max_intra_pct, int screen) {
	vpx_codec_err_t err = vpx_codec_enc_init(&e->ctx, vpx_codec_vp8_cx(), &e->cfg, 0);
	if (err) return err;
	if ((err = vpx_codec_control(&e->ctx, VP8E_SET_CPUUSED, cpu_used)) ||
	    (err = vpx_codec_control(&e->ctx, VP8E_SET_STATIC_THRESHOLD, 1)) ||
	    (err = vpx_codec_control(&e->ctx, VP8E_SET_SCREEN_CONTENT_MODE, screen)) ||
	    (err = vpx_codec_control(&e->ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, max_intra_pct))) {
		vpx_codec_destroy(&e->ctx);
		return err;
	}
	return VPX_CODEC_OK;
}

static vpx_codec_err_t encoder_bitrate(encoder *e, int kbps) {
	e->cfg.rc_target_bitrate = kbps;
	return vpx_codec_enc_config_set(&e->ctx, &e->cfg);
}

// The planes come as arguments of their own: Go memory may not hold pointers
// to Go memory across the call.
static vpx_codec_err_t encoder_encode(encoder *e, unsigned char *y, unsigned char *u, unsigned char *v,
		int ystride, int cstride, int64_t pts, int64_t dur, int key) {
	vpx_image_t img; // not kept: its planes are Go's
	vpx_img_wrap(&img, VPX_IMG_FMT_I420, e->cfg.g_w, e->cfg.g_h, 1, y);
	img.planes[VPX_PLANE_U] = u;
	img.planes[VPX_PLANE_V] = v;
	img.stride[VPX_PLANE_Y] = ystride;
	img.stride[VPX_PLANE_U] = cstride;
	img.stride[VPX_PLANE_V] = cstride;
	return vpx_codec_encode(&e->ctx, &img, pts, dur, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME);
}

// A VP8 frame is one packet as long as partitions are not put out on their own.
static void *encoder_packet(encoder *e, int *size) {
	vpx_codec_iter_t it = NULL;
	const vpx_codec_cx_pkt_t *p;
	while ((p = vpx_codec_get_cx_data(&e->ctx, &it)))
		if (p->kind == VPX_CODEC_CX_FRAME_PKT) {
			*size = (int)p->data.frame.sz;
			return p->data.frame.buf;
		}
	*size = 0;
	return NULL;
}
*/
import "C"

import (
	"fmt"
	"image"
	"time"
	"unsafe"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/media/guard"
)

const (
	// The speed of libvpx (cpu_used): negative is fixed, -16 the fastest; from
	// -12 on it misses low targets with a moving picture. -10 takes four fifths of
	// the time of -8 and keeps as much of a picture, but for 0.8 % of SSIM at most
	// (BenchmarkEncode and BenchmarkQuality in media). Small pictures get a
	// slower one: at -8 a camera that moves at 320x180 and 100 kbit/s is worth
	// an SSIM of 0.71, at -6 0.78 (BenchmarkQuality in media), for 0.7 ms more a
	// picture of 640x360.
	cpuUsed      = -10
	cpuUsedSmall = -6
	smallPixels  = 640 * 360
	// A second thread makes a frame 20 % faster and 25 % dearer.
	threads = 1
	// maxIntraPct bounds a key frame, in percent of a frame's share of the
	// bitrate.
	maxIntraPct = 600
	// A stalled source must not hand one frame the bits of seconds.
	maxGap = 200 * time.Millisecond
)

// Params builds VP8 encoders. It is a codec.VideoEncoderBuilder.
type Params struct {
	// Bitrate is the first target, in bit/s.
	Bitrate int
	// Captured tells when the picture that the reader gave last was taken.
	// Nil: when it was read.
	Captured func() time.Time
	// Screen says that the pictures are of a screen: letters and lines, most of
	// which stand still.
	Screen bool
}

// RTPCodec implements codec.VideoEncoderBuilder.
func (p Params) RTPCodec() *codec.RTPCodec { return codec.NewRTPVP8Codec(90000) }

// BuildVideoEncoder implements codec.VideoEncoderBuilder. The reader's
// pictures must be I420 of m's width and height. The encoder's controller is a
// codec.KeyFrameController and a codec.BitRateController.
func (p Params) BuildVideoEncoder(r video.Reader, m prop.Media) (codec.ReadCloser, error) {
	if m.Width < 1 || m.Height < 1 || m.Width > 16383 || m.Height > 16383 { // RFC 6386, 9.1: 14 bits
		return nil, fmt.Errorf("build VP8 encoder for %dx%d: %w", m.Width, m.Height, guard.ErrPicture)
	}
	rate := m.FrameRate
	if rate <= 0 {
		rate = 30
	}
	e := &engine{
		frame: time.Duration(float64(time.Second) / float64(rate)),
		c:     (*C.encoder)(C.calloc(1, C.sizeof_encoder)),
	}
	speed := C.int(cpuUsed)
	if m.Width*m.Height <= smallPixels {
		speed = cpuUsedSmall
	}
	screen := C.int(0)
	if p.Screen {
		screen = 1
	}
	err := C.encoder_config(e.c, C.int(m.Width), C.int(m.Height), kbps(p.Bitrate), threads)
	if err == C.VPX_CODEC_OK {
		err = C.encoder_open(e.c, speed, maxIntraPct, screen)
	}
	if err != C.VPX_CODEC_OK {
		C.free(unsafe.Pointer(e.c))
		return nil, failure("build VP8 encoder", err)
	}
	return guard.New(e, r, p.Captured, m.Width, m.Height, p.Bitrate), nil
}

type engine struct {
	c     *C.encoder
	frame time.Duration // nominal time between frames
	last  time.Time
	pts   time.Duration
}

func (e *engine) Encode(pic *image.YCbCr, taken time.Time, key bool) ([]byte, error) {
	if !e.last.IsZero() {
		// libvpx wants time to go on by at least a tick of its timebase.
		e.pts += min(max(taken.Sub(e.last), time.Millisecond), max(maxGap, 4*e.frame))
	}
	e.last = taken
	force := C.int(0)
	if key {
		force = 1
	}
	y, c := pic.YOffset(pic.Rect.Min.X, pic.Rect.Min.Y), pic.COffset(pic.Rect.Min.X, pic.Rect.Min.Y)
	if err := C.encoder_encode(e.c, (*C.uchar)(&pic.Y[y]), (*C.uchar)(&pic.Cb[c]), (*C.uchar)(&pic.Cr[c]),
		C.int(pic.YStride), C.int(pic.CStride),
		C.int64_t(e.pts.Microseconds()), C.int64_t(e.frame.Microseconds()), force); err != C.VPX_CODEC_OK {
		return nil, failure("encode VP8", err)
	}
	var size C.int
	data := C.encoder_packet(e.c, &size)
	return C.GoBytes(data, size), nil
}

func (e *engine) SetBitrate(bitrate int) error {
	return failure("set VP8 bitrate", C.encoder_bitrate(e.c, kbps(bitrate)))
}

func (e *engine) Close() error {
	err := C.vpx_codec_destroy(&e.c.ctx)
	C.free(unsafe.Pointer(e.c))
	return failure("close VP8 encoder", err)
}

// KeyFrame tells whether a VP8 frame decodes without any other (RFC 6386, 9.1).
func KeyFrame(frame []byte) bool { return len(frame) > 0 && frame[0]&1 == 0 }

func kbps(bitrate int) C.int { return C.int(max((bitrate+500)/1000, 1)) }

func failure(what string, err C.vpx_codec_err_t) error {
	if err == C.VPX_CODEC_OK {
		return nil
	}
	return fmt.Errorf("%s: libvpx: %s", what, C.GoString(C.vpx_codec_err_to_string(err)))
}
