/* What Parley uses of libopus' stable C interface (RFC 6716; opus.h and
 * opus_defines.h of libopus 1.3.1, BSD licence). mediadevices ships the library
 * but keeps its headers where another module's cgo cannot reach them. */
#ifndef PARLEY_LIBOPUS_H
#define PARLEY_LIBOPUS_H

#include <stdint.h>

typedef struct OpusEncoder OpusEncoder;
typedef struct OpusDecoder OpusDecoder;

OpusEncoder *opus_encoder_create(int32_t rate, int channels, int application, int *error);
int32_t opus_encode(OpusEncoder *e, const int16_t *pcm, int frame_size, unsigned char *data, int32_t max);
int opus_encoder_ctl(OpusEncoder *e, int request, ...);
void opus_encoder_destroy(OpusEncoder *e);

OpusDecoder *opus_decoder_create(int32_t rate, int channels, int *error);
int opus_decode(OpusDecoder *d, const unsigned char *data, int32_t len, int16_t *pcm, int frame_size, int decode_fec);
int opus_decoder_ctl(OpusDecoder *d, int request, ...);
void opus_decoder_destroy(OpusDecoder *d);

const char *opus_strerror(int error);

enum {
	APPLICATION_VOIP = 2048,
	SIGNAL_VOICE = 3001,
	SET_BITRATE = 4002,
	SET_COMPLEXITY = 4010,
	SET_INBAND_FEC = 4012,
	SET_PACKET_LOSS_PERC = 4014,
	SET_DTX = 4016,
	SET_SIGNAL = 4024,
	RESET_STATE = 4028
};

/* cgo cannot call a variadic function. */
static int encoder_set(OpusEncoder *e, int request, int32_t value) { return opus_encoder_ctl(e, request, value); }
static int encoder_reset(OpusEncoder *e) { return opus_encoder_ctl(e, RESET_STATE); }
static int decoder_reset(OpusDecoder *d) { return opus_decoder_ctl(d, RESET_STATE); }

#endif
