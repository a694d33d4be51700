#include "shim.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <spa/param/video/format-utils.h>

#include "library.h"

#define MOST_SIDE 8192 // pixels

struct parley_stream {
  struct pw_thread_loop *loop;
  struct pw_context *context;
  struct pw_core *core;
  struct pw_stream *stream;
  struct spa_hook core_events, stream_events;

  // Of the loop's thread.
  struct spa_video_info_raw format;
  int connected;

  pthread_mutex_t mutex; // guards what follows
  pthread_cond_t changed;
  enum parley_state state;
  int interrupted;
  char message[200];
  struct parley_picture written, taken;
  size_t written_size, taken_size; // bytes of memory
  int fresh;                       // written is newer than taken
  struct spa_rectangle size;       // of the format
};

static void end(struct parley_stream *s, const char *what, const char *why) {
  pthread_mutex_lock(&s->mutex);
  if (s->state != PARLEY_ENDED) {
    snprintf(s->message, sizeof s->message, "%s%s%s", what, why ? ": " : "", why ? why : "");
    s->state = PARLEY_ENDED;
    pthread_cond_broadcast(&s->changed);
  }
  pthread_mutex_unlock(&s->mutex);
}

static void on_core_error(void *data, uint32_t id, int seq, int res, const char *message) {
  (void)seq;
  if (id == PW_ID_CORE && res == -EPIPE) end(data, "PipeWire ended", message);
}

static void on_state(void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error) {
  (void)old;
  struct parley_stream *s = data;
  switch (state) {
    case PW_STREAM_STATE_ERROR:
      end(s, "the stream ended", error);
      break;
    case PW_STREAM_STATE_UNCONNECTED:
      if (s->connected) end(s, "the stream ended", NULL);
      break;
    case PW_STREAM_STATE_PAUSED:
    case PW_STREAM_STATE_STREAMING:
      s->connected = 1;
      break;
    default:
      break;
  }
}

// A format was agreed on, at the start or because the size changed. What it asks for in
// return is memory that can be read without the graphics card.
static void on_param(void *data, uint32_t id, const struct spa_pod *param) {
  struct parley_stream *s = data;
  if (id != SPA_PARAM_Format || !param) return;
  struct spa_video_info_raw format = {0};
  if (spa_format_video_raw_parse(param, &format) < 0 || format.size.width > MOST_SIDE || format.size.height > MOST_SIDE) {
    end(s, "the stream's format cannot be read", NULL);
    return;
  }
  s->format = format;
  pthread_mutex_lock(&s->mutex);
  s->size = format.size;
  pthread_mutex_unlock(&s->mutex);
  uint8_t memory[1024];
  struct spa_pod_builder b = SPA_POD_BUILDER_INIT(memory, sizeof memory);
  const struct spa_pod *params[4];
  params[0] = spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers,
      SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int((1 << SPA_DATA_MemPtr) | (1 << SPA_DATA_MemFd)));
  params[1] = spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
      SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
      SPA_PARAM_META_size, SPA_POD_Int(sizeof(struct spa_meta_header)));
  params[2] = spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
      SPA_PARAM_META_type, SPA_POD_Id(SPA_META_VideoCrop),
      SPA_PARAM_META_size, SPA_POD_Int(sizeof(struct spa_meta_region)));
  params[3] = spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
      SPA_PARAM_META_type, SPA_POD_Id(SPA_META_VideoTransform),
      SPA_PARAM_META_size, SPA_POD_Int(sizeof(struct spa_meta_videotransform)));
  parley_pw.pw_stream_update_params(s->stream, params, 4);
}

// What part of a buffer is the picture: a window's stream may be larger than the window.
static int part(const struct spa_buffer *b, const struct spa_video_info_raw *f, struct spa_region *r) {
  *r = SPA_REGION(0, 0, f->size.width, f->size.height);
  const struct spa_meta_region *crop = spa_buffer_find_meta_data(b, SPA_META_VideoCrop, sizeof *crop);
  if (crop && spa_meta_region_is_valid(crop)) *r = crop->region;
  const struct spa_meta_header *header = spa_buffer_find_meta_data(b, SPA_META_Header, sizeof *header);
  return !(header && header->flags & SPA_META_HEADER_FLAG_CORRUPTED) && r->position.x >= 0 && r->position.y >= 0 &&
         r->size.width > 0 && r->size.height > 0 && r->size.width <= f->size.width && r->size.height <= f->size.height &&
         (uint32_t)r->position.x <= f->size.width - r->size.width &&
         (uint32_t)r->position.y <= f->size.height - r->size.height;
}

// How the pixels of a buffer are read so that its picture stands upright.
struct walk {
  const uint8_t *first;       // the upper left pixel
  ptrdiff_t right, down;      // bytes to the next one
  struct spa_rectangle size;  // pixels
};

// A screen that is turned comes as its glass shows it: flipped, and then turned to the
// left by quarters. Both are undone.
static struct walk upright(const struct spa_buffer *b, const uint8_t *first, ptrdiff_t stride, struct spa_rectangle size) {
  const struct spa_meta_videotransform *t = spa_buffer_find_meta_data(b, SPA_META_VideoTransform, sizeof *t);
  uint32_t transform = t && t->transform <= SPA_META_TRANSFORMATION_Flipped270 ? t->transform : 0;
  struct walk w = {first, 4, stride, size};
  for (uint32_t quarter = transform & 3; quarter > 0; quarter--) {
    struct walk before = w;
    w.first += before.down * (ptrdiff_t)(before.size.height - 1);
    w.right = -before.down;
    w.down = before.right;
    w.size = SPA_RECTANGLE(before.size.height, before.size.width);
  }
  if (transform >= SPA_META_TRANSFORMATION_Flipped) {
    w.first += w.right * (ptrdiff_t)(w.size.width - 1);
    w.right = -w.right;
  }
  return w;
}

#define STRIP 16 // pixels: what a line of the cache holds, where the walk goes across the rows

static void copy(uint8_t *to, const struct walk *w, int red_first) {
  size_t row = 4 * (size_t)w->size.width;
  if (w->right == 4 && !red_first) {
    for (uint32_t y = 0; y < w->size.height; y++) memcpy(to + y * row, w->first + y * w->down, row);
    return;
  }
  int blue = red_first ? 2 : 0;
  for (uint32_t strip = 0; strip < w->size.width; strip += STRIP) {
    uint32_t end = SPA_MIN(strip + STRIP, w->size.width);
    for (uint32_t y = 0; y < w->size.height; y++) {
      const uint8_t *from = w->first + y * w->down + strip * w->right;
      uint8_t *at = to + y * row + 4 * (size_t)strip;
      for (uint32_t x = strip; x < end; x++, from += w->right, at += 4) {
        at[0] = from[blue];
        at[1] = from[1];
        at[2] = from[2 - blue];
        at[3] = from[3];
      }
    }
  }
}

// The next picture is to be written; the mutex is held. 0 where there is no memory for it.
static int begin_picture(struct parley_stream *s, struct spa_rectangle size) {
  size_t bytes = 4 * (size_t)size.width * size.height;
  if (bytes > s->written_size) {
    uint8_t *larger = realloc(s->written.pixels, bytes);
    if (!larger) return 0;
    s->written.pixels = larger;
    s->written_size = bytes;
  }
  s->written.width = (int)size.width;
  s->written.height = (int)size.height;
  s->fresh = 1;
  if (s->state == PARLEY_WAITING) {
    s->state = PARLEY_SHOWING;
    pthread_cond_broadcast(&s->changed);
  }
  return 1;
}

static void keep(struct parley_stream *s, const struct spa_buffer *b) {
  const struct spa_video_info_raw *f = &s->format;
  struct spa_region r;
  if (b->n_datas < 1 || !part(b, f, &r)) return;
  const struct spa_data *d = &b->datas[0];
  const struct spa_chunk *chunk = d->chunk;
  // One without bytes tells of the pointer only, or of nothing new.
  if (!d->data || chunk->size == 0 || chunk->flags & SPA_CHUNK_FLAG_CORRUPTED) return;
  uint64_t stride = chunk->stride > 0 ? (uint64_t)chunk->stride : 4 * (uint64_t)f->size.width;
  uint64_t first = chunk->offset + stride * (uint64_t)r.position.y + 4 * (uint64_t)r.position.x;
  uint64_t row = 4 * (uint64_t)r.size.width;
  if (stride < row || first + stride * (r.size.height - 1) + row > d->maxsize) return;

  int red_first = f->format == SPA_VIDEO_FORMAT_RGBx || f->format == SPA_VIDEO_FORMAT_RGBA;
  struct walk w = upright(b, (const uint8_t *)d->data + first, (ptrdiff_t)stride, r.size);
  pthread_mutex_lock(&s->mutex);
  if (begin_picture(s, w.size)) copy(s->written.pixels, &w, red_first);
  pthread_mutex_unlock(&s->mutex);
}

static void on_process(void *data) {
  struct parley_stream *s = data;
  struct pw_buffer *b;
  while ((b = parley_pw.pw_stream_dequeue_buffer(s->stream))) {
    keep(s, b->buffer);
    parley_pw.pw_stream_queue_buffer(s->stream, b);
  }
}

static const struct pw_core_events core_events = {
    .version = PW_VERSION_CORE_EVENTS,
    .error = on_core_error,
};

static const struct pw_stream_events stream_events = {
    .version = PW_VERSION_STREAM_EVENTS,
    .state_changed = on_state,
    .param_changed = on_param,
    .process = on_process,
};

static const char *connect_stream(struct parley_stream *s, int fd, uint32_t node, uint32_t rate) {
  if (!(s->context = parley_pw.pw_context_new(parley_pw.pw_thread_loop_get_loop(s->loop), NULL, 0))) {
    close(fd);
    return "PipeWire's client cannot be set up";
  }
  if (!(s->core = parley_pw.pw_context_connect_fd(s->context, fd, NULL, 0))) return "PipeWire does not answer";
  pw_core_add_listener(s->core, &s->core_events, &core_events, s);
  s->stream = parley_pw.pw_stream_new(s->core, "Parley", parley_pw.pw_properties_new_string(
      "media.type=Video media.category=Capture media.role=Screen"));
  if (!s->stream) return "PipeWire makes no stream";
  parley_pw.pw_stream_add_listener(s->stream, &s->stream_events, &stream_events, s);

  uint8_t memory[1024];
  struct spa_pod_builder b = SPA_POD_BUILDER_INIT(memory, sizeof memory);
  const struct spa_pod *param = spa_pod_builder_add_object(
      &b, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat,
      SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
      SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
      SPA_FORMAT_VIDEO_format, SPA_POD_CHOICE_ENUM_Id(5, SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_BGRx,
          SPA_VIDEO_FORMAT_RGBx, SPA_VIDEO_FORMAT_BGRA, SPA_VIDEO_FORMAT_RGBA),
      SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&SPA_RECTANGLE(1920, 1080), &SPA_RECTANGLE(1, 1),
          &SPA_RECTANGLE(MOST_SIDE, MOST_SIDE)),
      // 0/1 is a picture whenever something changed, maxFramerate at most.
      SPA_FORMAT_VIDEO_framerate, SPA_POD_CHOICE_RANGE_Fraction(&SPA_FRACTION(0, 1), &SPA_FRACTION(0, 1),
          &SPA_FRACTION(1000, 1)),
      SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_CHOICE_RANGE_Fraction(&SPA_FRACTION(rate, 1), &SPA_FRACTION(1, 1),
          &SPA_FRACTION(rate, 1)));
  // Not another node in the place of one that ended: it may be a camera.
  int res = parley_pw.pw_stream_connect(s->stream, PW_DIRECTION_INPUT, node,
      PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_DONT_RECONNECT, &param, 1);
  return res < 0 ? "PipeWire refuses the stream" : NULL;
}

struct parley_stream *parley_open(int fd, uint32_t node, uint32_t rate, const char **message) {
  struct parley_stream *s = calloc(1, sizeof *s);
  if (!s || !(s->loop = parley_pw.pw_thread_loop_new("parley-screen", NULL))) {
    close(fd);
    free(s);
    *message = "there is no memory for it";
    return NULL;
  }
  pthread_mutex_init(&s->mutex, NULL);
  pthread_condattr_t clock;
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(&s->changed, &clock);
  pthread_condattr_destroy(&clock);
  // Nothing else runs on the loop before it starts.
  *message = connect_stream(s, fd, node, rate);
  if (!*message && parley_pw.pw_thread_loop_start(s->loop) < 0) *message = "its thread does not start";
  if (*message) {
    parley_close(s);
    return NULL;
  }
  return s;
}

enum parley_state parley_wait(struct parley_stream *s, int milliseconds) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += milliseconds / 1000;
  until.tv_nsec += milliseconds % 1000 * 1000000L;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_nsec -= 1000000000L;
    until.tv_sec++;
  }
  pthread_mutex_lock(&s->mutex);
  while (s->state == PARLEY_WAITING && !s->interrupted)
    if (pthread_cond_timedwait(&s->changed, &s->mutex, &until) == ETIMEDOUT) break;
  if (s->state == PARLEY_WAITING && !s->interrupted && s->size.width > 0 && begin_picture(s, s->size))
    memset(s->written.pixels, 0, 4 * (size_t)s->size.width * s->size.height);
  enum parley_state state = s->state;
  pthread_mutex_unlock(&s->mutex);
  return state;
}

void parley_interrupt(struct parley_stream *s) {
  pthread_mutex_lock(&s->mutex);
  s->interrupted = 1;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->mutex);
}

enum parley_state parley_take(struct parley_stream *s, struct parley_picture *p) {
  pthread_mutex_lock(&s->mutex);
  if (s->fresh) {
    struct parley_picture newest = s->written;
    size_t size = s->written_size;
    s->written = s->taken;
    s->written_size = s->taken_size;
    s->taken = newest;
    s->taken_size = size;
    s->fresh = 0;
  }
  *p = s->taken;
  enum parley_state state = s->state;
  pthread_mutex_unlock(&s->mutex);
  return state;
}

const char *parley_message(struct parley_stream *s) { return s->message; }

void parley_close(struct parley_stream *s) {
  parley_pw.pw_thread_loop_stop(s->loop);
  if (s->stream) parley_pw.pw_stream_destroy(s->stream);
  if (s->core) parley_pw.pw_core_disconnect(s->core);
  if (s->context) parley_pw.pw_context_destroy(s->context);
  parley_pw.pw_thread_loop_destroy(s->loop);
  pthread_cond_destroy(&s->changed);
  pthread_mutex_destroy(&s->mutex);
  free(s->written.pixels);
  free(s->taken.pixels);
  free(s);
}
