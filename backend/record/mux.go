package record

import (
	"encoding/binary"
	"io"
	"time"

	"parley/backend/frame"
)

// trackNumber is a track's number in the file.
type trackNumber int

const (
	video trackNumber = 1
	audio trackNumber = 2
)

const (
	// A cluster ends at a key frame, and at these: its blocks' times have 16
	// bits of ms, and a crash may cost the last one in some players.
	maxCluster     = 5 * time.Second
	maxClusterSize = 8 << 20
	maxCues        = 1 << 16 // 36 hours with one key frame in 2 s
	// packetTime is how long the last packet or picture lasts at most: players that
	// heed the file's end are not to cut it short.
	packetTime = 40 * time.Millisecond
)

// file is what a muxer needs of an os.File.
type file interface {
	io.WriterAt
	io.Closer
}

// muxer writes a Matroska file (RFC 9559), of which WebM is a part
// (https://www.webmproject.org/docs/container/). What is known only at the end,
// it leaves room for: the seek head, the duration and the sizes.
type muxer struct {
	file     file
	position int64 // of the file's end

	hasVideo bool
	codec    frame.Codec

	segment, seekHead, info, duration, tracks int64 // positions

	cluster      int64 // position of the open cluster; 0 for none
	clusterStart time.Duration
	end          time.Duration // of the last sample
	cues         []cue
}

type cue struct {
	at       time.Duration
	position int64
	track    trackNumber
}

func (m *muxer) append(b []byte) error {
	n, err := m.file.WriteAt(b, m.position)
	m.position += int64(n)
	return err
}

// seekHeadSize is that of three entries with positions of 8 bytes.
var seekHeadSize = len(seekHead(0, 0, 0))

func seekHead(info, tracks, cues int64) []byte {
	seek := func(id uint32, at int64) []byte {
		return element(idSeek, element(idSeekID, appendID(nil, id)), number8(idSeekPosition, uint64(at)))
	}
	return element(idSeekHead, seek(idInfo, info), seek(idTracks, tracks), seek(idCues, cues))
}

// begin writes all that stands before the first cluster. first is a key frame,
// or a packet of sound for a file without video.
func (m *muxer) begin(first sample) error {
	m.hasVideo, m.codec = first.track == video, first.codec
	docType := "webm"
	if m.codec == frame.H264 {
		docType = "matroska"
	}
	b := element(idEBML,
		number(idEBMLVersion, 1), number(idEBMLReadVersion, 1),
		number(idMaxIDLength, 4), number(idMaxSizeLength, 8),
		text(idDocType, docType), number(idDocVersion, 4), number(idDocReadVersion, 2))
	b = append(appendID(b, idSegment), unknownSize...)
	m.segment = int64(len(b))
	m.seekHead = int64(len(b))
	b = append(b, void(seekHeadSize)...)

	m.info = int64(len(b))
	length := len(float(idDuration, 0))
	apps := append(text(idMuxingApp, "Parley"), text(idWritingApp, "Parley")...)
	info := element(idInfo, number(idTimestampScale, uint64(time.Millisecond)), apps, void(length))
	b = append(b, info...)
	m.duration = int64(len(b) - length)

	m.tracks = int64(len(b))
	var entries []byte
	if m.hasVideo {
		entries = videoEntry(first)
	}
	b = append(b, element(idTracks, entries, audioEntry())...)
	return m.append(b)
}

func videoEntry(key sample) []byte {
	codec := text(idCodecID, "V_VP8")
	if key.codec == frame.H264 {
		codec = append(text(idCodecID, "V_MPEG4/ISO/AVC"), element(idCodecPrivate, avcC(key.data))...)
	}
	return element(idTrackEntry,
		number(idTrackNumber, uint64(video)), number(idTrackUID, uint64(video)), number(idTrackType, 1), number(idFlagLacing, 0),
		codec,
		element(idVideo, number(idPixelWidth, uint64(key.width)), number(idPixelHeight, uint64(key.height))))
}

func audioEntry() []byte {
	// OpusHead (RFC 7845, 5.1): version 1, two channels, nothing to skip, for the
	// stream is picked up in its middle, 48 kHz, no gain, one stream.
	head := append([]byte("OpusHead"), 1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0)
	return element(idTrackEntry,
		number(idTrackNumber, uint64(audio)), number(idTrackUID, uint64(audio)), number(idTrackType, 2), number(idFlagLacing, 0),
		text(idCodecID, "A_OPUS"), element(idCodecPrivate, head),
		number(idSeekPreRoll, uint64(80*time.Millisecond)),
		element(idAudio, float(idSampling, 48000), number(idChannels, 2)))
}

// write adds a sample. Times of a track rise; those of both nearly do.
func (m *muxer) write(s sample) error {
	data := s.data
	if s.codec == frame.H264 {
		if data = lengthPrefixed(data); len(data) == 0 {
			return nil
		}
	}
	if m.cluster == 0 || s.track == video && s.key || s.at-m.clusterStart > maxCluster || m.position-m.cluster > maxClusterSize {
		if err := m.newCluster(s.at); err != nil {
			return err
		}
		if (s.key && s.track == video || !m.hasVideo) && len(m.cues) < maxCues {
			m.cues = append(m.cues, cue{s.at, m.cluster, s.track})
		}
	}
	m.end = max(m.end, s.at+packetTime)
	flags := byte(0)
	if s.key {
		flags = 0x80
	}
	head := binary.BigEndian.AppendUint16([]byte{0x80 | byte(s.track)}, uint16(int16(ms(s.at)-ms(m.clusterStart))))
	return m.append(element(idSimpleBlock, append(head, flags), data))
}

func ms(d time.Duration) int64 { return d.Milliseconds() }

func (m *muxer) newCluster(at time.Duration) error {
	if err := m.endCluster(); err != nil {
		return err
	}
	m.cluster, m.clusterStart = m.position, at
	b := append(appendID(nil, idCluster), unknownSize...)
	return m.append(append(b, number(idTimestamp, uint64(ms(at)))...))
}

// endCluster gives the cluster its size.
func (m *muxer) endCluster() error {
	if m.cluster == 0 {
		return nil
	}
	_, err := m.file.WriteAt(size8(m.position-m.cluster-12), m.cluster+4)
	return err
}

// finish writes the index at the end, and at the beginning what room was left for.
func (m *muxer) finish() error {
	if err := m.endCluster(); err != nil {
		return err
	}
	var points []byte
	for _, c := range m.cues {
		points = append(points, element(idCuePoint, number(idCueTime, uint64(ms(c.at))),
			element(idCueTrackPositions, number(idCueTrack, uint64(c.track)),
				number(idCueClusterPosition, uint64(c.position-m.segment))))...)
	}
	cues := m.position
	if len(points) > 0 {
		if err := m.append(element(idCues, points)); err != nil {
			return err
		}
		head := seekHead(m.info-m.segment, m.tracks-m.segment, cues-m.segment)
		if _, err := m.file.WriteAt(head, m.seekHead); err != nil {
			return err
		}
	}
	for _, late := range []struct {
		b  []byte
		at int64
	}{
		{float(idDuration, float64(ms(m.end))), m.duration},
		{size8(m.position - m.segment), m.segment - 8},
	} {
		if _, err := m.file.WriteAt(late.b, late.at); err != nil {
			return err
		}
	}
	return nil
}

func (m *muxer) close() error { return m.file.Close() }
