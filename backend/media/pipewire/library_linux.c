#include "library.h"

#include <dlfcn.h>
#include <pthread.h>

#include "shim.h"

struct parley_library parley_pw;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *problem;

static void load(void) {
  void *library = dlopen("libpipewire-0.3.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    problem = "libpipewire-0.3.so.0 is not installed";
    return;
  }
#define FIND(name)                                              \
  if (!(parley_pw.name = (__typeof__(name) *)dlsym(library, #name))) { \
    problem = "libpipewire-0.3.so.0 has no " #name;             \
    return;                                                     \
  }
  PARLEY_FUNCTIONS(FIND)
#undef FIND
  parley_pw.pw_init(NULL, NULL);
}

const char *parley_load(void) {
  pthread_once(&once, load);
  return problem;
}
