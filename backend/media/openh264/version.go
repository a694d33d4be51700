package openh264

// #include <openh264/codec_api.h>
// #include <openh264/codec_ver.h>
import "C"

// The structures that cross the border differ between versions.
func libraryVersion() [3]uint {
	v := C.WelsGetCodecVersion()
	return [3]uint{uint(v.uMajor), uint(v.uMinor), uint(v.uRevision)}
}

func headerVersion() [3]uint {
	return [3]uint{C.OPENH264_MAJOR, C.OPENH264_MINOR, C.OPENH264_REVISION}
}
