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
		l.Cameras = append(l.Cameras, call.ListedDevice{ID: d.ID, Name: d.Name, Default: d.Default})
	}
	microphones, microphonesErr := sound.Microphones()
	if microphonesErr != nil {
		err = errors.Join(err, fmt.Errorf("list microphones: %w", microphonesErr))
	}
	l.Microphones = append(l.Microphones, listed(microphones)...)
	speakers, speakersErr := sound.Speakers()
	if speakersErr != nil {
		err = errors.Join(err, fmt.Errorf("list speakers: %w", speakersErr))
	}
	l.Speakers = append(l.Speakers, listed(speakers)...)
	return l, err
}

func listed(devices []sound.Device) (all []call.ListedDevice) {
	for _, d := range devices {
		all = append(all, call.ListedDevice{ID: d.ID, Name: d.Name, Default: d.Default})
	}
	return all
}
