// bcryptprimitives.dll for the tests: what Go's programs ask of Windows and
// Wine 8 does not have. Never part of a release.
//
//	x86_64-w64-mingw32-gcc -shared -o bcryptprimitives.dll wine.c -ladvapi32 -lws2_32
#include <winsock2.h>
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); // RtlGenRandom

// ProcessPrng is where Go takes randomness from since 1.22.
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T n) { return SystemFunction036(data, n); }

// Go 1.23 and newer open no UDP socket where this is refused, as Wine does.
#define SIO_UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)

static int(WSAAPI *wsa_ioctl)(SOCKET, DWORD, LPVOID, DWORD, LPVOID, DWORD, LPDWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE);

static int WSAAPI ioctl(SOCKET s, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size, LPDWORD returned,
                        LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE done) {
  if (code != SIO_UDP_NETRESET) return wsa_ioctl(s, code, in, in_size, out, out_size, returned, overlapped, done);
  *returned = 0;
  return 0;
}

// export_instead has GetProcAddress answer with ours. A table of exports holds
// offsets of 32 bits, so the way there is a jump in memory beside the module.
static void export_instead(BYTE *module, const char *name, void *ours) {
  IMAGE_NT_HEADERS *nt = (void *)(module + ((IMAGE_DOS_HEADER *)module)->e_lfanew);
  IMAGE_EXPORT_DIRECTORY *exports = (void *)(module + nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress);
  DWORD *names = (DWORD *)(module + exports->AddressOfNames), *offsets = (DWORD *)(module + exports->AddressOfFunctions);
  WORD *ordinals = (WORD *)(module + exports->AddressOfNameOrdinals);
  BYTE *jump = NULL;
  for (BYTE *at = module; !jump && at < module + 0x7fff0000; at += 0x10000)
    jump = VirtualAlloc(at, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);
  if (!jump) return;
  jump[0] = 0x48, jump[1] = 0xb8; // mov rax, ours
  memcpy(jump + 2, &ours, sizeof ours);
  jump[10] = 0xff, jump[11] = 0xe0; // jmp rax
  for (DWORD i = 0; i < exports->NumberOfNames; i++) {
    if (strcmp((char *)module + names[i], name)) continue;
    DWORD *offset = &offsets[ordinals[i]], before;
    VirtualProtect(offset, sizeof *offset, PAGE_READWRITE, &before);
    *offset = (DWORD)(jump - module);
    VirtualProtect(offset, sizeof *offset, before, &before);
  }
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved) {
  if (reason == DLL_PROCESS_ATTACH) {
    wsa_ioctl = WSAIoctl; // imported before the table changes: Winsock's own
    export_instead((BYTE *)GetModuleHandleA("ws2_32.dll"), "WSAIoctl", ioctl);
  }
  return TRUE;
}
