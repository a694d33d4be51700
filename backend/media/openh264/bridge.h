#ifndef PARLEY_OPENH264_BRIDGE_H
#define PARLEY_OPENH264_BRIDGE_H

#include <openh264/codec_api.h>

typedef struct {
	ISVCEncoder *engine;
	SFrameBSInfo info;
} encoder;

int encoder_open(encoder *e, int width, int height, float fps, int bitrate);
void encoder_close(encoder *e);
int encoder_bitrate(encoder *e, int bitrate);
int encoder_rate(encoder *e, float fps);
int encoder_encode(encoder *e, unsigned char *y, unsigned char *u, unsigned char *v,
	int ystride, int cstride, int width, int height, long long ms, int key, int *size);
void encoder_copy(encoder *e, unsigned char *to);

#endif
