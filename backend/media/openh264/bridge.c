#include "bridge.h"

#include <string.h>

static void quiet(encoder *e) {
	int level = WELS_LOG_QUIET;
	(*e->engine)->SetOption(e->engine, ENCODER_OPTION_TRACE_LEVEL, &level);
}

int encoder_open(encoder *e, int width, int height, float fps, int bitrate) {
	SEncParamExt p;
	int err = WelsCreateSVCEncoder(&e->engine);
	if (err) return err;
	quiet(e);
	err = (*e->engine)->GetDefaultParams(e->engine, &p);
	if (!err) {
		p.iUsageType = CAMERA_VIDEO_REAL_TIME;
		p.iPicWidth = width;
		p.iPicHeight = height;
		p.fMaxFrameRate = fps;
		p.iTargetBitrate = bitrate;
		p.iMaxBitrate = UNSPECIFIED_BIT_RATE;
		p.iRCMode = RC_BITRATE_MODE;
		p.bEnableFrameSkip = 0;
		p.iComplexityMode = LOW_COMPLEXITY;
		p.uiIntraPeriod = 0; // no key frame but the first and those asked for
		p.iMultipleThreadIdc = 1;
		p.eSpsPpsIdStrategy = CONSTANT_ID;
		p.iEntropyCodingModeFlag = 0;
		p.iSpatialLayerNum = 1;
		p.iTemporalLayerNum = 1;
		p.iMinQp = 10;
		p.iMaxQp = 51;
		p.bEnableSceneChangeDetect = 0; // it makes key frames that nobody asked for
		p.sSpatialLayers[0].iVideoWidth = width;
		p.sSpatialLayers[0].iVideoHeight = height;
		p.sSpatialLayers[0].fFrameRate = fps;
		p.sSpatialLayers[0].iSpatialBitrate = bitrate;
		p.sSpatialLayers[0].iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
		p.sSpatialLayers[0].uiProfileIdc = PRO_BASELINE;
		p.sSpatialLayers[0].sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
		err = (*e->engine)->InitializeExt(e->engine, &p);
	}
	if (err) {
		WelsDestroySVCEncoder(e->engine);
		e->engine = NULL;
	}
	return err;
}

void encoder_close(encoder *e) {
	(*e->engine)->Uninitialize(e->engine);
	WelsDestroySVCEncoder(e->engine);
	e->engine = NULL;
}

// ENCODER_OPTION_SVC_ENCODE_PARAM_EXT would do as well, but starts over with a
// key frame.
int encoder_bitrate(encoder *e, int bitrate) {
	SBitrateInfo b = {SPATIAL_LAYER_ALL, bitrate};
	return (*e->engine)->SetOption(e->engine, ENCODER_OPTION_BITRATE, &b);
}

int encoder_rate(encoder *e, float fps) {
	return (*e->engine)->SetOption(e->engine, ENCODER_OPTION_FRAME_RATE, &fps);
}

int encoder_encode(encoder *e, unsigned char *y, unsigned char *u, unsigned char *v,
		int ystride, int cstride, int width, int height, long long ms, int key, int *size) {
	SSourcePicture pic;
	int err, layer, nal;
	memset(&pic, 0, sizeof pic);
	memset(&e->info, 0, sizeof e->info);
	pic.iColorFormat = videoFormatI420;
	pic.iPicWidth = width;
	pic.iPicHeight = height;
	pic.iStride[0] = ystride;
	pic.iStride[1] = pic.iStride[2] = cstride;
	pic.pData[0] = y;
	pic.pData[1] = u;
	pic.pData[2] = v;
	pic.uiTimeStamp = ms;
	*size = 0;
	if (key && (err = (*e->engine)->ForceIntraFrame(e->engine, 1))) return err;
	if ((err = (*e->engine)->EncodeFrame(e->engine, &pic, &e->info))) return err;
	if (e->info.eFrameType == videoFrameTypeSkip) return 0;
	for (layer = 0; layer < e->info.iLayerNum; layer++)
		for (nal = 0; nal < e->info.sLayerInfo[layer].iNalCount; nal++)
			*size += e->info.sLayerInfo[layer].pNalLengthInByte[nal];
	return 0;
}

// The layers of the last frame, one after the other: parameter sets first, all
// with their start codes.
void encoder_copy(encoder *e, unsigned char *to) {
	int layer, nal;
	for (layer = 0; layer < e->info.iLayerNum; layer++) {
		int n = 0;
		for (nal = 0; nal < e->info.sLayerInfo[layer].iNalCount; nal++)
			n += e->info.sLayerInfo[layer].pNalLengthInByte[nal];
		memcpy(to, e->info.sLayerInfo[layer].pBsBuf, n);
		to += n;
	}
}
