// The part of libpipewire-0.3 that is called here, found at run time: Parley starts
// on computers without it.
#ifndef PARLEY_PIPEWIRE_LIBRARY_H
#define PARLEY_PIPEWIRE_LIBRARY_H

#include <pipewire/pipewire.h>

#define PARLEY_FUNCTIONS(each) \
  each(pw_init)                \
  each(pw_thread_loop_new)     \
  each(pw_thread_loop_get_loop) \
  each(pw_thread_loop_start)   \
  each(pw_thread_loop_stop)    \
  each(pw_thread_loop_lock)    \
  each(pw_thread_loop_unlock)  \
  each(pw_thread_loop_destroy) \
  each(pw_context_new)         \
  each(pw_context_connect_fd)  \
  each(pw_context_destroy)     \
  each(pw_properties_new_string) \
  each(pw_stream_new)          \
  each(pw_stream_add_listener) \
  each(pw_stream_connect)      \
  each(pw_stream_update_params) \
  each(pw_stream_dequeue_buffer) \
  each(pw_stream_queue_buffer) \
  each(pw_stream_destroy)      \
  each(pw_core_disconnect)

struct parley_library {
#define DECLARE(name) __typeof__(name) *name;
  PARLEY_FUNCTIONS(DECLARE)
#undef DECLARE
};

extern struct parley_library parley_pw;

#endif
