package session

import (
	"errors"
	"fmt"

	"parley/backend/call"
	"parley/backend/media"
	"parley/backend/sound"
)

// ListDevices asks the system what there is. What could be found comes also
// beside an error.
func ListDevices() (call.DeviceList, error) {
	l := call.DeviceList{Cameras: []call.ListedDevice{}, Microphones: []call.ListedDevice{}, Speakers: []call.ListedDevice{}}
	cameras, err := media.Cameras()
	if err != nil {
		err = fmt.Errorf("list cameras: %w", err)
	}
	for _, d := range cameras {
		l.Cameras = append(l.Cameras, call.ListedDevice(d))
	}
	microphones, microphonesErr := sound.Microphones()
	if microphonesErr != nil {
		err = errors.Join(err, fmt.Errorf("list microphones: %w", microphonesErr))
	}
	for _, d := range microphones {
		l.Microphones = append(l.Microphones, call.ListedDevice(d))
	}
	speakers, speakersErr := sound.Speakers()
	if speakersErr != nil {
		err = errors.Join(err, fmt.Errorf("list speakers: %w", speakersErr))
	}
	for _, d := range speakers {
		l.Speakers = append(l.Speakers, call.ListedDevice(d))
	}
	return l, err
}
