// Pictures of a PipeWire node, for pipewire_linux.go.
#ifndef PARLEY_PIPEWIRE_SHIM_H
#define PARLEY_PIPEWIRE_SHIM_H

#include <stdint.h>

enum parley_state { PARLEY_WAITING, PARLEY_SHOWING, PARLEY_ENDED };

// Blue, green, red and one of no meaning; rows have no gap.
struct parley_picture {
  uint8_t *pixels;
  int width, height;
};

struct parley_stream;

// Loads the library, once in a process. NULL where that worked, else why not.
const char *parley_load(void);

// Begins to take pictures. The descriptor is the stream's from here on. NULL with a
// message where it cannot.
struct parley_stream *parley_open(int fd, uint32_t node, uint32_t rate, const char **message);

// Waits until the stream is no longer PARLEY_WAITING or is interrupted. When the time is
// over, one whose size is known shows black until there is a picture.
enum parley_state parley_wait(struct parley_stream *s, int milliseconds);
void parley_interrupt(struct parley_stream *s);

// The newest picture, good until the next call; without pixels before the first.
// For one thread at a time.
enum parley_state parley_take(struct parley_stream *s, struct parley_picture *p);

// Why it ended; good until parley_close.
const char *parley_message(struct parley_stream *s);

void parley_close(struct parley_stream *s);

#endif
